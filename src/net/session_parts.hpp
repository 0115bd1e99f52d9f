// Parts of a session: what received bodies take of the memory, bodies that handlers read while they arrive
// (body_stream.hpp), bodies that are made while they are sent. Only session.cpp includes this.
#pragma once

#include "net/body_stream.hpp"
#include "net/parser.hpp"
#include "net/wire.hpp"

namespace rapport::net {

enum class Phase : unsigned char { handshake, idle, head, body, handler, write, stream, linger };
inline constexpr std::size_t write_size = 64 << 10, piece_size = 64 << 10;

// A body that its handler reads while it arrives.
template <class Session>
class Arriving final : public BodyStream {
  public:
    Arriving(Session& session, Route const& route) : s_(session), route_(route) {}

    Task<Expected<std::string>> next() override {
        auto const began = std::chrono::steady_clock::now();
        auto piece = co_await take(began);
        waited_ += std::chrono::steady_clock::now() - began;
        s_.enter(Phase::handler, route_.options.deadline);
        co_return piece;
    }

  private:
    Task<Expected<std::string>> take(SteadyTime began) {
        auto& body = s_.request_.parts().body;
        bool expecting = taken_ == 0 && !s_.request_.header("Expect").empty();
        while (!s_.parser_.is_done()) {
            if (expecting) {
                expecting = false;
                bool const written = co_await s_.send("HTTP/1.1 100 Continue\r\n\r\n", {});
                if (!written) co_return gone();
            }
            if (!s_.unread().empty()) {
                body.clear();
                auto const used = s_.parser_.take_body(s_.unread(), body_limit_of(route_) - taken_);
                if (!used) co_return fail(in_whole(used.error()));
                s_.consume(*used);
                taken_ += body.size();
                if (!body.empty()) co_return std::move(body);
                if (s_.parser_.is_done()) break;
            }
            // Only the time in which we waited counts: while the handler works, the client waits.
            auto const& options = s_.service_.options;
            s_.enter(Phase::body, options.body_grace);
            auto const earned = std::chrono::milliseconds(taken_ * 1'000 / options.least_body_rate);
            s_.deadline_ =
                std::min(began + options.body_grace + earned - waited_, s_.began_ + route_.options.body_deadline);
            bool const more = co_await s_.receive(piece_size);
            if (more) continue;
            if (!s_.expired_ || Session::is_tls) co_return gone();
            co_return fail(ErrorKind::invalid, "request_timeout", "The body took too long to arrive.");
        }
        co_return std::string();
    }
    std::unexpected<Error> gone() {
        s_.client_gone_ = true;
        return fail(ErrorKind::unavailable, "client_gone", "The connection broke before the whole had arrived.");
    }
    Error in_whole(Error error) const {
        if (error.kind == ErrorKind::too_large)
            error.text = "The body has more than " + std::to_string(body_limit_of(route_)) + " octets.";
        return error;
    }

    Session& s_;
    Route const& route_;
    std::size_t taken_ = 0;
    std::chrono::steady_clock::duration waited_{};
};

// A received body counts against the memory for all of them until its request is answered.
class BodyMemory {
  public:
    explicit BodyMemory(Service& service) : service_(service) {}
    ~BodyMemory() { give_back(); }
    bool grow_to(std::size_t size) {
        if (size <= held_) return true;
        auto const more = size - held_;
        if (service_.body_memory.fetch_add(more) + more > service_.options.body_memory) {
            service_.body_memory.fetch_sub(more);
            return false;
        }
        held_ = size;
        return true;
    }
    void give_back() {
        service_.body_memory.fetch_sub(held_);
        held_ = 0;
    }

  private:
    Service& service_;
    std::size_t held_ = 0;
};

// Pieces as they are made (RFC 9112 §7.1); HTTP/1.0 knows the end by the close.
template <class Session>
struct Departing {
    static Task<bool> send(Session& s, PieceBody const& body, Route const* route, std::uint64_t& sent) {
        bool const chunked = !s.parser_.is_1_0();
        while (true) {
            s.enter(Phase::handler, route->options.deadline);
            std::string const piece = co_await body.next();
            co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
            sent += piece.size();
            if (piece.empty()) break;
            char size[24];
            auto const n = std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
            std::string_view const head(size, chunked ? static_cast<std::size_t>(n) : 0);
            bool good = co_await s.send(head, piece);
            if (good && chunked) good = co_await s.send("\r\n", {});
            if (!good) co_return false;
        }
        if (!chunked) co_return true;
        co_return co_await s.send("0\r\n\r\n", {});
    }
};

}  // namespace rapport::net
