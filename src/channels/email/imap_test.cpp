// What Dovecot does not do, and other servers may: answers between answers, wrong sizes, an IDLE that is none.
#include "channels/email/imap.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include <functional>
#include <thread>

#include "channels/email/resolver.hpp"
#include "testing/run_until.hpp"

namespace rapport::channels::email {
namespace {

// One connection: says what `answer` gives for a command ("UID SEARCH UID 1:*"), then that it is done.
class Server {
  public:
    using Answer = std::function<std::string(std::string const& command)>;
    explicit Server(Answer answer)
        : acceptor_(context_, {asio::ip::address_v4::loopback(), 0}), thread_([this, answer = std::move(answer)] {
              boost::system::error_code gone;
              asio::ip::tcp::socket socket(context_);
              acceptor_.accept(socket, gone);
              say(socket, "* OK [CAPABILITY IMAP4rev1 IDLE] here\r\n");
              for (std::string in; !gone;) {
                  char piece[4096];
                  auto const n = socket.read_some(asio::buffer(piece), gone);
                  in.append(piece, n);
                  for (auto end = in.find("\r\n"); end != in.npos; end = in.find("\r\n")) {
                      auto const line = in.substr(0, end);
                      in.erase(0, end + 2);
                      auto const blank = std::min(line.find(' '), line.size() - 1);
                      auto const tag = line.substr(0, blank), command = line.substr(blank + 1);
                      said.push_back(command);
                      if (command.starts_with("EXAMINE"))
                          say(socket, "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 9] x\r\n");
                      say(socket,
                          command == "IDLE" ? tag + " BAD not today\r\n" : answer(command) + tag + " OK done\r\n");
                  }
              }
          }) {}
    ~Server() {
        ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
        thread_.join();
    }
    std::uint16_t port() { return acceptor_.local_endpoint().port(); }
    std::vector<std::string> said;  // to it; read when it is gone, or while it waits

  private:
    static void say(asio::ip::tcp::socket& socket, std::string const& text) {
        boost::system::error_code gone;
        asio::write(socket, asio::buffer(text), gone);
    }

    asio::io_context context_;
    asio::ip::tcp::acceptor acceptor_;
    std::thread thread_;
};

class Imap : public ::testing::Test {
  protected:
    template <class T>
    T await(Task<T> task) {
        auto future = asio::co_spawn(context_, std::move(task), asio::use_future);
        test::run_until(context_,
                        [&] { return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
        return future.get();
    }
    std::shared_ptr<ImapSession> open(Server& server) {
        ImapLimits limits;
        limits.mail = 1000;
        limits.command = limits.mail_time = std::chrono::seconds(20);
        auto session = ImapSession::make(context_.get_executor(), resolver_, limits);
        ImapAccount account;
        account.host = "127.0.0.1";
        account.port = server.port();
        account.security = ImapSecurity::none;
        account.user = account.password = "x";
        auto const folder = await(session->open(account));
        EXPECT_TRUE(folder.has_value()) << folder.error().text;
        EXPECT_EQ(folder->uid_validity, 7U);
        return session;
    }

    asio::io_context context_;
    Resolver resolver_{context_.get_executor(), TransportOptions{}};
};

TEST_F(Imap, takesWhatItWasToldUnaskedForNoAnswer) {
    Server server([](std::string const& command) -> std::string {
        std::string const read_elsewhere = "* 2 FETCH (UID 5 FLAGS (\\Seen))\r\n* 4 EXISTS\r\n";
        if (command.find("RFC822.SIZE") != command.npos)
            return read_elsewhere + "* 2 FETCH (UID 5 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 6)\r\n";
        if (command.find("BODY.PEEK[]<0.1001>") != command.npos)
            return read_elsewhere + "* 2 FETCH (UID 5 BODY[]<0> {6}\r\nA: b\r\n)\r\n" + read_elsewhere;
        return {};
    });
    auto const session = open(server);
    auto const about = await(session->about(5));
    ASSERT_TRUE(about && *about);
    EXPECT_EQ((*about)->size, 6U);
    EXPECT_TRUE((*about)->arrived);
    auto const mail = await(session->fetch(5, false));
    ASSERT_TRUE(mail && *mail) << "the mail would be passed over for good";
    EXPECT_EQ(**mail, "A: b\r\n");
    session->close();
}

TEST_F(Imap, findsMailsBehindThousandsOfOtherAnswers) {
    Server server([](std::string const& command) -> std::string {
        if (!command.starts_with("UID SEARCH")) return {};
        std::string all;
        for (int i = 0; i < 3000; ++i) all += "* 1 EXPUNGE\r\n";
        return all + "* SEARCH 8 5\r\n";
    });
    auto const session = open(server);
    auto const found = await(session->uids(1, 0));
    ASSERT_TRUE(found) << found.error().text;
    EXPECT_EQ(*found, (std::vector<std::uint32_t>{5, 8}));
    session->close();
}

TEST_F(Imap, takesNoMoreThanItHasRoomFor) {
    Server server([](std::string const& command) -> std::string {
        std::string all;
        if (command.starts_with("UID FETCH 5"))
            for (int i = 0; i < 20'000; ++i)
                all += "* 2 FETCH (UID 5 BODY[]<0> {1000}\r\n" + std::string(1000, 'x') + ")\r\n";
        return all;
    });
    auto const session = open(server);
    auto const mail = await(session->fetch(5, false));
    ASSERT_FALSE(mail);
    EXPECT_EQ(mail.error().code, "not_understood");
}

TEST_F(Imap, asksNowAndThenWhereIdleIsAnnouncedAndRefused) {
    Server server([](std::string const&) { return std::string(); });
    auto const session = open(server);
    for (int i = 0; i < 3; ++i) {
        auto const news = await(session->wait_for_news(std::chrono::milliseconds(50)));
        ASSERT_TRUE(news);
        EXPECT_FALSE(*news);
    }
    EXPECT_EQ(std::ranges::count(server.said, "IDLE"), 1);
    EXPECT_EQ(std::ranges::count(server.said, "NOOP"), 2);
    session->close();
}

}  // namespace
}  // namespace rapport::channels::email
