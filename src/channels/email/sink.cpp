// The sink's server and its sessions.
#include "channels/email/sink.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <set>

#include "base/log.hpp"
#include "channels/email/sink_dialogue.hpp"
#include "channels/sql.hpp"

namespace rapport::channels::email {
namespace {

using Tcp = asio::ip::tcp;
using Socket = asio::basic_stream_socket<Tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<Tcp, Executor>;
using SteadyTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
constexpr auto values = asio::as_tuple(asio::use_awaitable_t<Executor>());

struct Session {
    explicit Session(Socket taken) : socket(std::move(taken)), pause(socket.get_executor()) {}
    Socket socket;
    SteadyTimer pause;
    std::chrono::steady_clock::time_point deadline{};
    void close() {
        boost::system::error_code ignored;
        socket.close(ignored);
        pause.cancel();
    }
};

class SmtpSink final : public Sink {
  public:
    SmtpSink(store::Store& store, Executor executor, SinkOptions options, Clock clock)
        : store_(store),
          executor_(executor),
          options_(std::move(options)),
          clock_(std::move(clock)),
          acceptor_(executor, Tcp::endpoint(asio::ip::make_address(options_.address), options_.port)),
          ended_(executor) {}

    std::uint16_t port() const override { return acceptor_.local_endpoint().port(); }

    Task<> run() override {
        asio::co_spawn(executor_, sweep(), [](std::exception_ptr) {});
        while (!stopping_) {
            auto [error, socket] = co_await acceptor_.async_accept(values);
            if (error) {
                if (stopping_) break;
                ended_.expires_after(std::chrono::milliseconds(100));  // out of descriptors: let some close
                co_await ended_.async_wait(values);
                continue;
            }
            if (sessions_.size() >= options_.sessions) continue;  // closes it
            auto const session = std::make_shared<Session>(std::move(socket));
            sessions_.insert(session);
            asio::co_spawn(executor_, serve(session), [this, session](std::exception_ptr failure) {
                if (failure) log::warning("sink_session_failed");
                session->close();
                sessions_.erase(session);
                if (stopping_) ended_.cancel();
            });
        }
        while (!sessions_.empty() || sweeping_) {
            ended_.expires_after(std::chrono::milliseconds(50));
            co_await ended_.async_wait(values);
        }
    }

    void stop() override {
        stopping_ = true;
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        for (auto const& session : sessions_) session->close();
        ended_.cancel();
    }

  private:
    Task<> sweep() {
        sweeping_ = true;
        SteadyTimer timer(executor_);
        while (!stopping_) {
            timer.expires_after(std::chrono::milliseconds(250));
            co_await timer.async_wait(values);
            auto const now = std::chrono::steady_clock::now();
            for (auto const& session : sessions_)
                if (session->deadline < now) session->close();
        }
        sweeping_ = false;
    }

    Task<> serve(std::shared_ptr<Session> session) {
        SinkDialogue rules(options_, greylisted_);
        auto& dialogue = rules.dialogue();
        std::string out = dialogue.greeting();
        while (!stopping_) {
            session->deadline = std::chrono::steady_clock::now() + options_.idle;
            auto const [write_error, written] = co_await asio::async_write(session->socket, asio::buffer(out), values);
            if (write_error || dialogue.ended()) co_return;
            out.clear();
            char octets[16 * 1024];
            auto const [read_error, n] = co_await session->socket.async_read_some(asio::buffer(octets), values);
            if (read_error) co_return;
            dialogue.feed({octets, n});
            while (dialogue.advance(out)) {
                auto mail = rules.take_mail(out);
                if (!mail) continue;
                bool const kept = co_await keep(std::move(*mail));
                if (rules.manner() == SinkManner::slow) {
                    session->deadline = std::chrono::steady_clock::now() + options_.slow + options_.idle;
                    session->pause.expires_after(options_.slow);
                    co_await session->pause.async_wait(values);
                }
                if (rules.manner() == SinkManner::drop) co_return;
                dialogue.answer(out, kept ? "250 2.0.0 kept in the demo sink" : "451 4.3.0 not kept, try again");
            }
        }
    }

    // The reply follows the commit: a mail that was answered with 250 is there.
    Task<bool> keep(TakenMail mail) {
        Time const now = clock_();
        std::int64_t const limit = options_.keep;
        bool const tidy = ++taken_ % 256 == 0;
        std::string subject = read_mail(mail.raw).subject;
        std::string to;
        for (auto const& one : mail.to) to.append(to.empty() ? "" : " ").append(one);
        try {
            co_await store_.write([mail = std::move(mail), to = std::move(to), subject = std::move(subject), now, limit,
                                   tidy](store::Tx& tx) {
                auto const id = tx.new_id<SinkMailId>();
                tx.exec(sql::keep_sink_mail, id, now, mail.from, to, subject, mail.raw.size(),
                        store::BlobView{mail.raw});
                if (tidy) tx.exec(sql::drop_old_sink_mails, limit);
                return id;
            });
        } catch (std::exception const& failure) {
            log::warning("sink_mail_not_kept", {{"why", failure.what()}});
            co_return false;
        }
        co_return true;
    }

    store::Store& store_;
    Executor executor_;
    SinkOptions options_;
    Clock clock_;
    Acceptor acceptor_;
    SteadyTimer ended_;
    std::set<std::shared_ptr<Session>> sessions_;
    Greylist greylisted_;
    std::int64_t taken_ = 0;
    bool stopping_ = false, sweeping_ = false;
};

struct RawRow {
    SinkMailId id;
    Time received_at{};
    std::string from, to, subject;
    std::int64_t size = 0;
    store::Blob raw;
};
BOOST_DESCRIBE_STRUCT(RawRow, (), (id, received_at, from, to, subject, size, raw))

}  // namespace

std::unique_ptr<Sink> Sink::make(store::Store& store, Executor executor, SinkOptions options, Clock clock) {
    return std::make_unique<SmtpSink>(store, executor, std::move(options), std::move(clock));
}

std::vector<SinkMailSummary> sink_mails(store::Reader& reader, std::string_view to, SinkMailId before,
                                        std::size_t limit) {
    if (!before) before.value = std::numeric_limits<std::int64_t>::max();
    if (to.empty()) return reader.all<SinkMailSummary>(sql::list_sink_mails, before, limit);
    return reader.all<SinkMailSummary>(sql::list_sink_mails_to, before, limit, to);
}

std::optional<SinkMail> sink_mail(store::Reader& reader, SinkMailId id) {
    auto const row = reader.one<RawRow>(sql::find_sink_mail, id);
    if (!row) return std::nullopt;
    SinkMail mail = read_mail(row->raw.bytes);
    mail.id = row->id;
    mail.received_at = row->received_at;
    mail.from = row->from;
    mail.to = row->to;
    return mail;
}

std::optional<Bytes> sink_mail_raw(store::Reader& reader, SinkMailId id) {
    auto row = reader.one<RawRow>(sql::find_sink_mail, id);
    if (!row) return std::nullopt;
    return std::move(row->raw.bytes);
}

}  // namespace rapport::channels::email
