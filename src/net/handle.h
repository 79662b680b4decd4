// Handle<T>: unique owner of a heap uv_*_t. Its deleter clears `data` and calls uv_close; the
// memory goes in the close callback. Nobody else calls uv_close. Only net/ includes this.
#pragma once

#include <uv.h>

#include <memory>

namespace sluice::net {

template <class T>
struct HandleDeleter {
  void operator()(T* handle) const noexcept {
    handle->data = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(handle),
             [](uv_handle_t* closed) { delete reinterpret_cast<T*>(closed); });
  }
};

template <class T>
using Handle = std::unique_ptr<T, HandleDeleter<T>>;

}  // namespace sluice::net
