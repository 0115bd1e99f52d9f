// One connection: reads requests, asks the service, writes responses, over and over, under deadlines that the sweeper
// watches.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <ctime>

#include "base/log.hpp"
#include "net/any_site.hpp"
#include "net/finish.hpp"
#include "net/parser.hpp"
#include "net/session_parts.hpp"
#include "net/stream_writer.hpp"
#include "net/web_socket.hpp"
#include "net/wire.hpp"

namespace rapport::net {
namespace {

using std::chrono::steady_clock;
using ErrorCode = boost::system::error_code;
constexpr std::size_t read_size = 4 << 10, kept_size = 2 << 10, first_read_size = 1 << 10;

// After something that may have been cancelled; awaited in the same frame, since an awaited function would throw at
// once.
constexpr asio::enable_terminal_cancellation forget_cancellation{};

template <class Stream>
class Session final : public SessionBase, public std::enable_shared_from_this<Session<Stream>> {
  public:
    static constexpr bool is_tls = std::is_same_v<Stream, TlsSocket>;

    Session(Shard& shard, Stream stream, std::shared_ptr<asio::ssl::context> tls)
        : shard_(shard),
          service_(shard.service),
          tls_(std::move(tls)),
          stream_(std::move(stream)),
          parser_({service_.options.max_header_bytes, service_.options.max_header_fields,
                   service_.options.max_target_bytes}),
          request_({}),
          memory_(service_) {
        ErrorCode ignored;
        auto const peer = socket().remote_endpoint(ignored);
        if (!ignored) peer_ = peer.address().to_string();
        place_ = shard_.sessions.insert(shard_.sessions.end(), this);
    }
    ~Session() override { shard_.sessions.erase(place_); }

    asio::cancellation_signal& signal() { return signal_; }

    Task<> run() {
        try {
            bool good = true;
            if constexpr (is_tls) good = co_await shake_hands();
            while (good) good = co_await serve_one();
            // From here, so that a stream does not keep the frames that led to it.
            if (streaming_) co_await stream_events(*streaming_);
        } catch (std::exception const& error) {
            log::error("session_failed", {{"error", std::string(error.what())}});
        }
        ErrorCode ignored;
        socket().close(ignored);
    }

    void tick(SteadyTime now) override {
        if (events_) events_->tick(now);
        if (events_ && events_->opened()) request_.parts().headers = {};  // of which an open stream needs none
        if (now <= deadline_ || expired_) return;
        expired_ = true;
        if (phase_ == Phase::handler)
            signal_.emit(asio::cancellation_type::terminal);
        else
            interrupt();
    }
    void drain() override {
        draining_ = true;
        if (phase_ == Phase::idle || phase_ == Phase::handshake) interrupt();
        if (events_) events_->end();
    }
    void cut() override {
        draining_ = true;
        if (events_) events_->end();
        signal_.emit(asio::cancellation_type::terminal);
        ErrorCode ignored;
        socket().close(ignored);
    }

  private:
    friend Arriving<Session>;
    friend Departing<Session>;

    Socket& socket() {
        if constexpr (is_tls)
            return stream_.next_layer();
        else
            return stream_;
    }
    void interrupt() {
        ErrorCode ignored;
        socket().cancel(ignored);
    }
    void enter(Phase phase, std::chrono::milliseconds most) {
        phase_ = phase;
        expired_ = false;
        deadline_ = steady_clock::now() + most;
    }
    std::string_view unread() const { return std::string_view(in_).substr(in_at_); }
    void consume(std::size_t n) {
        in_at_ += n;
        if (in_at_ < in_.size()) return;
        in_.clear();
        in_at_ = 0;
    }

    Task<bool> shake_hands() {
        if constexpr (is_tls) {
            enter(Phase::handshake, service_.options.header);
            ErrorCode error;
            co_await stream_.async_handshake(asio::ssl::stream_base::server, asio::redirect_error(awaitable, error));
            if (!error) certificates_ = certificates_of(stream_.native_handle());
            co_return !error;
        }
        co_return true;
    }

    // More octets; false when there will be none.
    Task<bool> receive(std::size_t most) {
        if (in_at_ > 0) {
            in_.erase(0, in_at_);
            in_at_ = 0;
        }
        auto const had = in_.size();
        if (had == 0 && phase_ == Phase::idle) most = first_read_size;  // what an idle connection keeps
        in_.resize(had + most);
        ErrorCode error;
        auto const n = co_await stream_.async_read_some(asio::buffer(in_.data() + had, most),
                                                        asio::redirect_error(awaitable, error));
        in_.resize(had + n);
        co_return !error && n > 0;
    }

    Task<bool> serve_one() {
        auto& parts = request_.parts();
        parts.headers.clear();
        parts.body.clear();
        parts.target.clear();
        parts.method = Method::get;
        parser_.start(parts);
        enter(Phase::idle, service_.options.idle);
        auto const got = co_await read_head();
        if (got == Got::nothing) co_return false;
        began_ = steady_clock::now();
        prepare_request();
        if (got == Got::wrong) {
            Response refusal = problem(*wrong_, request_.id());
            co_await reply(refusal, nullptr, true);
            co_return false;
        }
        bool const again = co_await answer();
        memory_.give_back();
        if (parts.body.capacity() > kept_size) drop(parts.body);  // a kept connection keeps no large buffer
        if (in_.capacity() > kept_size && in_.empty()) drop(in_);
        co_return again;
    }

    enum class Got : unsigned char { head, nothing, wrong };
    Task<Got> read_head() {
        while (true) {
            if (!unread().empty()) {
                auto const used = parser_.take_head(unread());
                if (phase_ == Phase::idle && parser_.started()) enter(Phase::head, service_.options.header);
                if (!used) {
                    wrong_ = used.error();
                    co_return Got::wrong;
                }
                consume(*used);
                if (parser_.has_head()) co_return Got::head;
            }
            if (unread().empty() && draining_ && phase_ == Phase::idle) {
                co_return Got::nothing;
            }
            bool const more = co_await receive(read_size);
            if (more) continue;
            if (!expired_ || phase_ != Phase::head || is_tls) co_return Got::nothing;
            wrong_ = Error{ErrorKind::invalid, "request_timeout", "The request took too long to arrive."};
            co_return Got::wrong;
        }
    }

    void prepare_request() {
        auto& parts = request_.parts();
        parts.remote_address = peer_;
        parts.secure = is_tls;
        parts.certificates = certificates_;
        parts.now = service_.options.clock();
        believe_proxy(parts, service_.options.trusted_proxies);
        request_.reset();
        parts.id = service_.next_request_id(request_);
    }

    Task<bool> answer() {
        // The handler may take its time, but authentication is not for ever either.
        enter(Phase::handler, service_.options.header);
        Match match = service_.router.find(request_.method(), request_.path());
        if (!match.route) {
            Response response = service_.without_route(request_, match);
            co_return co_await reply(response, nullptr, !parser_.is_done());
        }
        Route const& route = *match.route;
        auto const length = parser_.is_done() ? std::optional<std::uint64_t>(0) : parser_.content_length();
        auto refusal = co_await service_.refuse(request_, match, length);
        co_await asio::this_coro::reset_cancellation_state(forget_cancellation);
        bool const in_pieces = route.options.kind == Kind::receive;
        if (!refusal && !parser_.is_done() && !in_pieces) {
            refusal = co_await read_body(route);
            if (client_gone_) co_return false;
        }
        if (refusal) co_return co_await reply(*refusal, &route, !parser_.is_done());
        if (route.options.kind == Kind::stream) {
            streaming_ = &route;
            co_return false;
        }
        Arriving<Session> arriving(*this, route);
        if (in_pieces) request_.body_stream = &arriving;
        enter(Phase::handler, route.options.deadline);
        Response response = co_await service_.run(request_, route);
        co_await asio::this_coro::reset_cancellation_state(forget_cancellation);
        request_.body_stream = nullptr;
        if (client_gone_) co_return false;
        co_return co_await reply(response, &route, !parser_.is_done());
    }

    Task<std::optional<Response>> read_body(Route const& route) {
        auto const refuse = [this](ErrorKind kind, std::string code, std::string text) {
            return problem({kind, std::move(code), std::move(text)}, request_.id());
        };
        if (auto const expect = request_.header("Expect"); !expect.empty()) {
            if (!equal_without_case(expect, "100-continue"))
                co_return refuse(ErrorKind::invalid, "expectation_failed", "This expectation is not known.");
            bool const written = co_await send("HTTP/1.1 100 Continue\r\n\r\n", {});
            if (!written) co_return gone();
        }
        auto const limit = body_limit_of(route);
        auto const start = steady_clock::now();
        auto const last = start + std::chrono::duration_cast<std::chrono::milliseconds>(route.options.body_deadline);
        std::size_t received = 0;
        enter(Phase::body, service_.options.body_grace);
        while (true) {
            if (!unread().empty()) {
                auto const used = parser_.take_body(unread(), limit);
                if (!used) co_return problem(used.error(), request_.id());
                consume(*used);
                if (parser_.is_done()) co_return std::nullopt;
            }
            if (!memory_.grow_to(request_.body().size()))
                co_return refuse(ErrorKind::unavailable, "busy", "Too much is being received now; try again.");
            // The body earns its time by arriving.
            auto const earned = std::chrono::milliseconds(received * 1'000 / service_.options.least_body_rate);
            deadline_ = std::min(start + service_.options.body_grace + earned, last);
            auto const before = unread().size();
            bool const more = co_await receive(16 << 10);
            received += unread().size() - before;
            if (more) continue;
            if (!expired_ || is_tls) co_return gone();
            co_return refuse(ErrorKind::invalid, "request_timeout", "The body took too long to arrive.");
        }
    }
    std::optional<Response> gone() {
        client_gone_ = true;
        return {};
    }

    // Head and a first piece in one write. Each write has its own deadline: progress, not speed.
    Task<bool> send(std::string_view a, std::string_view b) {
        std::string_view rest[] = {a, b};
        for (std::size_t i = 0; i < 2;) {
            if (rest[i].empty()) {
                ++i;
                continue;
            }
            std::array<asio::const_buffer, 2> const buffers{asio::buffer(rest[0]),
                                                            asio::buffer(rest[1].substr(0, write_size))};
            enter(Phase::write, service_.options.write);
            ErrorCode error;
            auto n = co_await stream_.async_write_some(buffers, asio::redirect_error(awaitable, error));
            if (error) co_return false;
            auto const of_a = std::min(n, rest[0].size());
            rest[0].remove_prefix(of_a);
            rest[1].remove_prefix(n - of_a);
        }
        co_return true;
    }

    Task<bool> send_file(FileBody const& file) {
        struct Handle {
            int fd;
            ~Handle() {
                if (fd >= 0) ::close(fd);
            }
        } const handle{::open(file.path.c_str(), O_RDONLY | O_CLOEXEC)};
        if (handle.fd < 0) co_return false;
        std::string piece;
        for (std::uint64_t sent = 0; sent < file.size;) {
            piece.resize(std::min<std::uint64_t>(write_size, file.size - sent));
            auto const n = ::pread(handle.fd, piece.data(), piece.size(), static_cast<off_t>(file.first + sent));
            if (n <= 0) co_return false;  // cut short: the client sees that the length is wrong
            bool const written = co_await send(std::string_view(piece).substr(0, static_cast<std::size_t>(n)), {});
            if (!written) co_return false;
            sent += static_cast<std::uint64_t>(n);
        }
        co_return true;
    }

    // Sends the response. True: the connection goes on.
    Task<bool> reply(Response& response, Route const* route, bool close) {
        close = close || draining_ || wrong_ || !parser_.keep_alive();
        finish(response, request_, route);
        auto length = size_of(response);
        auto const* pieces = std::get_if<PieceBody>(&response.body);
        if (pieces && parser_.is_1_0()) close = true;
        out_.clear();
        write_head(out_, response,
                   {.date = shard_.date(),
                    .request_id = request_.id(),
                    .secure = request_.secure(),
                    .close = close,
                    .keep_alive_1_0 = !close && parser_.is_1_0(),
                    .has_length = !pieces,
                    .chunked = pieces && !parser_.is_1_0(),
                    .length = length});
        bool good = false;
        if (request_.method() == Method::head) {
            good = co_await send(out_, {});
        } else if (auto const* file = std::get_if<FileBody>(&response.body)) {
            good = co_await send(out_, {});
            if (good) good = co_await send_file(*file);
        } else if (pieces) {
            good = co_await send(out_, {});
            if (good) good = co_await Departing<Session>::send(*this, *pieces, route, length);
        } else {
            auto const* text = std::get_if<std::string>(&response.body);
            std::string_view const body = text ? *text : *std::get<SharedBody>(response.body);
            good = co_await send(out_, body);
        }
        service_.answered.fetch_add(1, std::memory_order_relaxed);
        service_.log(request_, route, response.status, length,
                     std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began_));
        if (good && response.after_sent && response.status / 100 == 2 && request_.method() != Method::head) {
            enter(Phase::handler, route ? route->options.deadline : service_.options.write);
            co_await response.after_sent();
            co_await asio::this_coro::reset_cancellation_state(forget_cancellation);
        }
        if (good && close) co_await linger();
        co_return good && !close;
    }

    // A close with octets unread would reset the connection, and the client might never see the answer.
    Task<> linger() {
        enter(Phase::linger, std::chrono::seconds(2));
        ErrorCode ignored;
        if constexpr (is_tls) co_await stream_.async_shutdown(asio::redirect_error(awaitable, ignored));
        socket().shutdown(Socket::shutdown_send, ignored);
        for (std::size_t n = 0; n < (256 << 10);) {
            in_.clear();
            in_at_ = 0;
            in_.resize(read_size);
            ErrorCode error;
            auto const got =
                co_await socket().async_read_some(asio::buffer(in_), asio::redirect_error(awaitable, error));
            if (error) break;
            n += got;
        }
    }

    void open_stream(Route const& route) {
        Response head{.content_type = "text/event-stream", .cache_control = "no-store"};
        head.headers.add("X-Accel-Buffering", "no");
        std::string text;
        if (route.permission == any_site) allow_origin(head, request_);
        auto upgrade = web_socket_head(request_);
        bool const is_socket = upgrade.has_value();
        if (is_socket)
            text = std::move(*upgrade);
        else
            write_head(text, head,
                       {.date = shard_.date(),
                        .request_id = request_.id(),
                        .secure = request_.secure(),
                        .close = true,
                        .has_length = false});
        std::string last(request_.header("Last-Event-ID"));
        if (last.empty()) last = request_.query("after").value_or("");
        std::string const early(unread());  // frames that came with the handshake
        drop(in_);                          // an idle stream keeps no buffers
        in_at_ = 0;
        drop(out_);
        parser_.release();
        events_ = std::make_unique<StreamWriter<Stream>>(stream_, shard_.context.get_executor(), std::move(text),
                                                         std::move(last), service_.options, is_socket);
        if (is_socket && !early.empty()) events_->take(early);
        phase_ = Phase::stream;
        deadline_ = SteadyTime::max();
        request_.stream = events_.get();
        service_.streams.fetch_add(1);
        events_->start(this->shared_from_this(), [this] { signal_.emit(asio::cancellation_type::terminal); });
    }

    // True: the handler refused before anything was sent, and its answer is to be.
    bool close_stream(Route const& route) {
        bool const opened = events_->opened(), is_open = events_->is_open();
        events_->release();
        service_.streams.fetch_sub(1);
        ErrorCode ignored;
        if (opened) {
            service_.log(request_, &route, 200, 0,
                         std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began_));
            socket().shutdown(Socket::shutdown_both, ignored);
        }
        interrupt();  // the reader
        return is_open && !opened;
    }

    Task<> stream_events(Route const& route) {
        if (request_.method() == Method::head) {
            Response head{.content_type = "text/event-stream"};
            co_await reply(head, &route, true);
            co_return;
        }
        open_stream(route);
        auto const response = std::make_unique<Response>(co_await service_.run(request_, route));
        co_await asio::this_coro::reset_cancellation_state(forget_cancellation);
        if (events_->opened()) {
            enter(Phase::write, service_.options.write);
            co_await events_->flush();
        }
        if (close_stream(route)) co_await reply(*response, &route, true);
    }

    Shard& shard_;
    Service& service_;
    std::shared_ptr<asio::ssl::context> tls_;
    Stream stream_;
    Parser parser_;
    Request request_;
    BodyMemory memory_;
    std::string peer_, in_, out_;
    std::shared_ptr<std::vector<std::string> const> certificates_;
    std::size_t in_at_ = 0;
    std::optional<Error> wrong_;
    std::unique_ptr<StreamWriter<Stream>> events_;
    Route const* streaming_ = nullptr;
    asio::cancellation_signal signal_;
    SteadyTime deadline_ = SteadyTime::max(), began_{};
    Phase phase_ = Phase::idle;
    bool expired_ = false, draining_ = false, client_gone_ = false;
    std::list<SessionBase*>::iterator place_;
};

template <class Stream>
void serve(Shard& shard, Stream stream, std::shared_ptr<asio::ssl::context> tls, std::function<void()> done) {
    auto session = std::make_shared<Session<Stream>>(shard, std::move(stream), std::move(tls));
    asio::co_spawn(shard.context.get_executor(), session->run(),
                   asio::bind_cancellation_slot(session->signal().slot(),
                                                [session, done = std::move(done)](std::exception_ptr) mutable {
                                                    // The session goes with this handler; the count falls after it.
                                                    session.reset();
                                                    done();
                                                }));
}

}  // namespace

std::string_view Shard::date() {
    auto const second = static_cast<std::int64_t>(std::time(nullptr));
    if (second != date_second_) {
        date_second_ = second;
        std::time_t const t = second;
        std::tm parts{};
        gmtime_r(&t, &parts);
        char text[40];
        std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);  // the "C" locale: RFC 9110 §5.6.7
        date_ = text;
    }
    return date_;
}

void serve_plain(Shard& shard, Socket socket, std::function<void()> done) {
    serve(shard, std::move(socket), nullptr, std::move(done));
}

void serve_tls(Shard& shard, Socket socket, std::shared_ptr<asio::ssl::context> tls, std::function<void()> done) {
    TlsSocket stream(std::move(socket), *tls);
    serve(shard, std::move(stream), std::move(tls), std::move(done));
}

}  // namespace rapport::net
