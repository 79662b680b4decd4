// What a worker still has to do when the event that is being handled ends: flush what was queued,
// go on with connections whose exchange ended, destroy what was given up. Only the loop's callback
// destroys, as its last statement: nothing dies under the feet of its callers.
#pragma once

#include "base/intrusive_list.h"

namespace sluice::proxy {

struct FlushTag;
struct ContinueTag;

/// Has bytes queued for its stream.
class Flushable : public base::ListNode<FlushTag> {
 public:
  virtual void flush_now() noexcept = 0;

 protected:
  ~Flushable() = default;
};

/// Has something to do once the present event is over.
class Continuable : public base::ListNode<ContinueTag> {
 public:
  virtual void continue_now() noexcept = 0;

 protected:
  ~Continuable() = default;
};

/// Given up, destroyed when the event ends.
class Disposable {
 public:
  virtual ~Disposable() = default;
};

}  // namespace sluice::proxy
