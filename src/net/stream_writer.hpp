// The event stream of one session, as server-sent events or as messages of a WebSocket: a bounded buffer that is
// written whenever the socket takes it, a heartbeat, and a reader that notices when the client goes. Callbacks instead
// of coroutines: an idle stream costs no frame beyond its handler's.
#pragma once

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>

#include <array>

#include "net/event_stream.hpp"
#include "net/web_socket.hpp"
#include "net/wire.hpp"

namespace rapport::net {

// An empty string that is assigned leaves the buffer where it is.
inline void drop(std::string& buffer) { std::string().swap(buffer); }

template <class Stream>
class StreamWriter final : public EventStream {
  public:
    // `keep` holds the session; `wake_handler` cancels what the handler awaits.
    StreamWriter(Stream& stream, Executor executor, std::string head, std::string last_id, ServerOptions const& options,
                 bool is_socket)
        : stream_(stream), waiting_(executor), head_(std::move(head)), last_id_(std::move(last_id)), options_(options) {
        if (is_socket) frames_ = std::make_unique<FrameReader>(most_message);
    }

    void start(std::shared_ptr<void> keep, std::function<void()> wake_handler) {
        keep_ = std::move(keep);
        wake_handler_ = std::move(wake_handler);
        read();
    }

    std::string last_event_id() const override { return last_id_; }
    bool is_open() const override { return !gone_; }
    bool opened() const { return opened_; }

    Task<bool> open() override {
        if (gone_) co_return false;
        if (!opened_) {
            opened_ = true;
            head_ += pending_;  // a client that did not wait is answered, too
            pending_.swap(head_);
            drop(head_);
            write();
        }
        co_return true;
    }

    Task<bool> send(StreamEvent event) override {
        bool const may = co_await open();
        if (!may || closing_) co_return false;
        append(event);
        write();
        while (!gone_ && pending_.size() > most_pending) co_await pause();
        co_return !gone_;
    }

    // Until everything is written or the client is gone.
    Task<> flush() {
        while (!gone_ && (writing_ || !pending_.empty())) co_await pause();
    }

    void tick(SteadyTime now) {
        if (gone_ || !opened_) return;
        if (writing_ && now > write_deadline_) return end();
        if (frames_ && now - last_heard_ >= 3 * options_.heartbeat) return end();  // it answers no ping
        if (now - counted_since_ >= std::chrono::minutes(1)) {
            counted_since_ = now;
            if (frames_) count_ = 0;
        }
        // However much we say: a WebSocket must be heard, and clients say nothing unless they are asked.
        auto const quiet_since = frames_ ? std::max(last_heard_, last_ping_) : last_write_;
        if (closing_ || (writing_ && !frames_) || now - quiet_since < options_.heartbeat) return;
        if (frames_) {
            last_ping_ = now;
            write_frame(pending_, Opcode::ping, {});
        } else {
            pending_ += ":\n\n";
        }
        write();
    }

    // What a client of a WebSocket sent. Texts say nothing: what clients write comes as requests, which are
    // acknowledged.
    void take(std::string_view octets) {
        last_heard_ = std::chrono::steady_clock::now();
        auto const status =
            frames_->take(octets, {[](std::string const&) {},
                                   [this](std::string_view payload) { write_frame(pending_, Opcode::pong, payload); },
                                   [](std::uint16_t) {}});
        if (status != 0) {
            char const code[] = {static_cast<char>(status >> 8), static_cast<char>(status & 0xFF)};
            write_frame(pending_, Opcode::close, {code, sizeof code});
            closing_ = true;
        }
        if (opened_) write();
    }

    // The client is gone, or is told to come again elsewhere.
    void end() {
        if (gone_) return;
        gone_ = true;
        waiting_.cancel();
        if (wake_handler_) wake_handler_();
    }

    void release() {
        gone_ = true;
        wake_handler_ = {};
        keep_.reset();
    }

  private:
    static constexpr std::size_t most_pending = 64 << 10;
    static constexpr std::size_t most_received = 4 << 10;  // in all; of a WebSocket in a minute, four times that
    static constexpr std::size_t most_message = 4 << 10;

    Task<> pause() {
        waiting_.expires_at(SteadyTime::max());
        boost::system::error_code ignored;
        co_await waiting_.async_wait(asio::redirect_error(awaitable, ignored));
    }

    void append(StreamEvent const& event) {
        if (frames_) return write_frame(pending_, Opcode::text, event.data);
        auto const field = [this](std::string_view name, std::string_view value) {
            pending_ += name;
            for (char c : value)
                if (c != '\n' && c != '\r') pending_ += c;
            pending_ += '\n';
        };
        if (!event.name.empty()) field("event: ", event.name);
        if (!event.id.empty()) field("id: ", event.id);
        std::string_view rest = event.data;
        while (true) {
            auto const line = rest.find('\n');
            field("data: ", rest.substr(0, line));
            if (line == std::string_view::npos) break;
            rest = rest.substr(line + 1);
        }
        pending_ += '\n';
    }

    void write() {
        if (writing_ || pending_.empty() || gone_) return;
        writing_ = true;
        sending_.swap(pending_);
        last_write_ = std::chrono::steady_clock::now();
        write_deadline_ = last_write_ + options_.write;
        asio::async_write(stream_, asio::buffer(sending_),
                          [this, keep = keep_](boost::system::error_code error, std::size_t) {
                              writing_ = false;
                              drop(sending_);  // an idle stream keeps no buffer
                              if (error || (closing_ && pending_.empty())) return end();
                              write();
                              waiting_.cancel();
                          });
    }

    void read() {
        stream_.async_read_some(asio::buffer(received_),
                                [this, keep = keep_](boost::system::error_code error, std::size_t n) {
                                    count_ += n;
                                    if (error || count_ > (frames_ ? 4 * most_received : most_received)) return end();
                                    if (frames_ && !closing_) take({received_.data(), n});
                                    if (!gone_) read();
                                });
    }

    Stream& stream_;
    SteadyTimer waiting_;
    std::string head_, last_id_, pending_, sending_;
    ServerOptions const& options_;
    std::shared_ptr<void> keep_;
    std::function<void()> wake_handler_;
    std::unique_ptr<FrameReader> frames_;  // none: server-sent events
    std::array<char, 64> received_;
    std::size_t count_ = 0;
    bool opened_ = false, writing_ = false, gone_ = false, closing_ = false;
    SteadyTime last_write_{}, write_deadline_{}, last_heard_ = std::chrono::steady_clock::now(), last_ping_{},
                                                 counted_since_{};
};

}  // namespace rapport::net
