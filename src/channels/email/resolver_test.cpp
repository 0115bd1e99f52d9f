// Questions to a DNS server that is silent or answers too late: who asked goes on in time, and nothing is left behind.
#include "channels/email/resolver.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/use_future.hpp>

#include <array>

namespace rapport::channels::email {
namespace {

using Udp = asio::ip::udp;

// Keeps every question until it is told to answer: 192.0.2.7, whatever was asked.
class SlowServer {
  public:
    explicit SlowServer(asio::io_context& context)
        : socket_(context, Udp::endpoint(asio::ip::address_v4::loopback(), 0)) {
        listen();
    }
    std::string address() const { return "127.0.0.1@" + std::to_string(socket_.local_endpoint().port()); }
    bool asked() const { return !kept_.empty(); }
    void answer() {
        answers_ = true;
        for (auto const& [question, from] : kept_) answer(question, from);
        kept_.clear();
    }

  private:
    void listen() {
        socket_.async_receive_from(asio::buffer(in_), from_, [this](boost::system::error_code error, std::size_t n) {
            if (error) return;
            std::string const question(in_.data(), n);
            if (answers_)
                answer(question, from_);
            else
                kept_.emplace_back(question, from_);
            listen();
        });
    }
    void answer(std::string const& question, Udp::endpoint const& to) {
        auto const name_end = question.find('\0', 12);
        ASSERT_NE(name_end, std::string::npos);
        std::string reply = question.substr(0, name_end + 5);  // head and question, without EDNS
        reply[2] = '\x81';                                     // an answer; recursion was wanted
        reply[3] = '\x80';                                     // and is available; no error
        reply.replace(4, 8, std::string("\0\1\0\1\0\0\0\0", 8));
        reply += std::string("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\7", 16);
        boost::system::error_code ignored;
        socket_.send_to(asio::buffer(reply), to, 0, ignored);
    }

    Udp::socket socket_;
    std::array<char, 600> in_{};
    Udp::endpoint from_;
    std::vector<std::pair<std::string, Udp::endpoint>> kept_;
    bool answers_ = false;
};

class SlowDns : public ::testing::Test {
  protected:
    Resolver resolver(std::chrono::milliseconds limit) {
        TransportOptions options;
        options.dns_server = server_.address();
        options.deadlines.resolve = limit;
        return Resolver(context_.get_executor(), options);
    }
    template <class T>
    std::future<T> start(Task<T> task) {
        return asio::co_spawn(context_, std::move(task), asio::use_future);
    }
    template <class T>
    T finish(std::future<T> future) {
        run_until([&] { return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
        return future.get();
    }
    template <class Condition>
    void run_until(Condition holds) {
        context_.restart();
        while (!holds()) context_.run_one();
    }

    asio::io_context context_;
    SlowServer server_{context_};
};

TEST_F(SlowDns, fails_a_question_in_time_and_hears_the_late_answer_to_nobody) {
    auto dns = resolver(std::chrono::milliseconds(50));
    auto const late = finish(start(dns.texts("late.example.org")));
    EXPECT_TRUE(late.failed);
    EXPECT_EQ(late.why, "no answer in time");
    ASSERT_TRUE(server_.asked());
    server_.answer();
    auto again = resolver(std::chrono::seconds(10));
    auto const found = finish(start(again.addresses("late.example.org")));
    ASSERT_EQ(found.all.size(), 1U);
    EXPECT_EQ(found.all[0].to_string(), "192.0.2.7");
}

TEST_F(SlowDns, answers_one_who_asks_after_another_gave_up) {
    auto dns = resolver(std::chrono::milliseconds(400));
    EXPECT_TRUE(finish(start(dns.texts("late.example.org"))).failed);
    server_.answer();
    auto const found = finish(start(dns.addresses("other.example.org")));
    ASSERT_EQ(found.all.size(), 1U) << "failed: " << found.failed;
}

TEST_F(SlowDns, ends_open_questions_when_the_program_stops) {
    auto dns = resolver(std::chrono::seconds(60));
    auto open = start(dns.mail_hosts("example.org"));
    run_until([&] { return server_.asked(); });
    dns.cancel();
    EXPECT_EQ(finish(std::move(open)).enhanced_status, "4.4.3");
    EXPECT_TRUE(finish(start(dns.texts("example.org"))).failed);
}

TEST_F(SlowDns, leaves_nothing_of_a_question_that_nobody_awaits_any_more) {
    auto dns = resolver(std::chrono::seconds(60));
    auto const open = start(dns.mail_hosts("example.org"));
    run_until([&] { return server_.asked(); });
}  // the frame goes with the context; the sanitizer counts

}  // namespace
}  // namespace rapport::channels::email
