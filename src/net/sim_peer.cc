#include "net/sim_peer.h"

namespace sluice::net {

void SimPeer::connect(const ConnectOptions& options) {
  base::Result<std::unique_ptr<Stream>> stream = loop_.connect(options, *this);
  if (stream) start(std::move(*stream));
}

void SimPeer::connect(const base::Address& address) {
  ConnectOptions options;
  options.address = address;
  connect(options);
}

void SimPeer::adopt(int descriptor, const TlsServerContext* tls) {
  start(loop_.adopt(descriptor, tls, *this));
}

void SimPeer::start(std::unique_ptr<Stream> stream) {
  stream_ = std::move(stream);
  if (advance()) update();
}

bool SimPeer::advance() {
  if (established_) return true;
  switch (stream_->establish()) {
    case Establish::Pending:
      break;
    case Establish::Done:
      established_ = true;
      break;
    case Establish::Failed:
      failed_ = true;
      error_ = stream_->failure() != 0 ? stream_->failure() : -1;
      stream_.reset();
      break;
  }
  return established_;
}

void SimPeer::send(std::string_view bytes) {
  to_send_ += bytes;
  if (established_ && stream_ != nullptr) update();
}

void SimPeer::finish() {
  finish_ = true;
  if (established_ && stream_ != nullptr) update();
}

void SimPeer::reset() {
  if (stream_ != nullptr) stream_->reset_on_close();
  stream_.reset();
}

void SimPeer::pause_reading() {
  paused_ = true;
  if (established_ && stream_ != nullptr) update();
}

void SimPeer::resume_reading() {
  paused_ = false;
  if (established_ && stream_ != nullptr) update();
}

void SimPeer::update() {
  if (all_sent() && finish_) {
    finish_ = false;
    stream_->shutdown_write();
  }
  stream_->want({!paused_ && !ended_ && error_ == 0, !all_sent() && error_ == 0});
}

void SimPeer::broken(const IoResult& result) { error_ = result.error != 0 ? result.error : -1; }

void SimPeer::write() {
  while (!all_sent()) {
    const iovec from{to_send_.data() + sent_, to_send_.size() - sent_};
    const IoResult result = stream_->try_write(&from, 1);
    if (result.status == IoStatus::Error) broken(result);
    if (result.status != IoStatus::Ok) return;
    sent_ += result.bytes;
  }
}

/// True when the script has something new to look at.
bool SimPeer::read() {
  char buffer[4'096];
  iovec into{buffer, sizeof(buffer)};
  const IoResult result = stream_->try_read(&into, 1);
  if (result.status == IoStatus::Ok) received_.append(buffer, result.bytes);
  if (result.status == IoStatus::Eof) ended_ = true;
  if (result.status == IoStatus::Error) broken(result);
  return result.status != IoStatus::WouldBlock;
}

void SimPeer::on_stream_ready(bool readable, bool writable) noexcept {
  const bool before = established_;
  bool news = false;
  if (!advance()) {
    news = failed_;
  } else {
    news = !before;
    if (writable && error_ == 0) write();
    if (readable && before && !paused_ && !ended_ && error_ == 0) news = read() || news;
    news = news || error_ != 0;
    update();
  }
  if (news && script_) script_(*this);
}

SimOrigin::SimOrigin(SimLoop& loop, const base::Address& address, SimPeer::Script script,
                     const TlsServerContext* tls)
    : loop_(loop),
      script_(std::move(script)),
      tls_(tls),
      descriptor_(loop.world().listen(address).front()),
      acceptor_(loop.accept_on(descriptor_, *this)) {}

SimOrigin::~SimOrigin() {
  acceptor_.reset();
  loop_.world().stop_listening(descriptor_);
}

void SimOrigin::on_accepted(Acceptor&, const Accepted& accepted) noexcept {
  connections_.push_back(std::make_unique<SimPeer>(loop_, script_));
  connections_.back()->adopt(accepted.descriptor, tls_);
}

}  // namespace sluice::net
