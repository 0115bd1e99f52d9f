// The SMTP client against Postfix: its smtp-sink with and without injected failures, and its real server with STARTTLS.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "base/crypto.hpp"
#include "channels/email/email.hpp"
#include "testing/smtp_sink.hpp"

namespace rapport::channels::email {
namespace {

using rapport::testing::free_port;
using rapport::testing::SmtpSinkProgram;

template <class T>
T await(asio::io_context& context, Task<T> task) {
    auto future = asio::co_spawn(context, std::move(task), asio::use_future);
    context.restart();
    while (future.wait_for(std::chrono::seconds(0)) != std::future_status::ready) context.run_one();
    return future.get();
}

TransportOptions to_port(std::uint16_t port) {
    TransportOptions options;
    options.smart_host = SmartHost{"127.0.0.1", port};
    options.tls = TlsPolicy::off;
    return options;
}

std::string const mail = "Subject: x\r\n\r\n.dot\r\n..two\r\nend\r\n";

SendResult send_one(TransportOptions options, std::vector<EmailAddress> to = {{"b@example.org"}},
                    Bytes const& bytes = mail) {
    asio::io_context context;
    auto const transport = Transport::make(context.get_executor(), std::move(options));
    return await(context, transport->send({EmailAddress{"a@example.org"}, std::move(to)}, bytes, [] {}));
}

TEST(Transport, hands_over_mails_and_reuses_the_connection) {
    SmtpSinkProgram sink;
    asio::io_context context;
    auto const transport = Transport::make(context.get_executor(), to_port(sink.port));
    int marked = 0;
    for (int i = 0; i < 20; ++i) {
        auto const result = await(
            context, transport->send({EmailAddress{"a@example.org"}, {{"b@example.org"}}}, mail, [&] { ++marked; }));
        ASSERT_EQ(result.recipients[0].handed, Handed::accepted) << result.recipients[0].text;
        EXPECT_EQ(result.server, "127.0.0.1 [127.0.0.1]:" + std::to_string(sink.port));
    }
    EXPECT_EQ(marked, 20);
    EXPECT_EQ(transport->counters().connections, 1);
    EXPECT_EQ(transport->counters().reused, 19);
}

TEST(Transport, works_without_pipelining_and_with_helo_only) {
    SmtpSinkProgram no_pipelining({"-p"}), no_esmtp({"-e"});
    EXPECT_EQ(send_one(to_port(no_pipelining.port)).recipients[0].handed, Handed::accepted);
    EXPECT_EQ(send_one(to_port(no_esmtp.port)).recipients[0].handed, Handed::accepted);
}

TEST(Transport, tells_temporary_from_permanent_at_every_step) {
    for (std::string const step : {"connect", "mail", "rcpt", "data", "."}) {
        SmtpSinkProgram soft({"-r", step}), hard({"-f", step});
        auto const later = send_one(to_port(soft.port)).recipients[0];
        EXPECT_EQ(later.handed, Handed::temporary) << step << ' ' << later.text;
        EXPECT_EQ(later.code / 100, 4) << step << ' ' << later.text;
        auto const never = send_one(to_port(hard.port)).recipients[0];
        EXPECT_EQ(never.handed, step == "connect" ? Handed::temporary : Handed::permanent) << step << ' ' << never.text;
        EXPECT_EQ(never.code / 100, 5) << step << ' ' << never.text;
    }
}

TEST(Transport, a_connection_cut_before_the_end_of_data_is_temporary_and_after_it_unknown) {
    for (std::string const step : {"mail", "rcpt", "data"}) {
        SmtpSinkProgram sink({"-q", step});
        auto const reply = send_one(to_port(sink.port)).recipients[0];
        EXPECT_EQ(reply.handed, Handed::temporary) << step << ' ' << reply.text;
    }
    SmtpSinkProgram sink({"-q", "."});
    auto const reply = send_one(to_port(sink.port)).recipients[0];
    EXPECT_EQ(reply.handed, Handed::unknown) << reply.text;
    EXPECT_EQ(reply.code, 0);
}

TEST(Transport, no_answer_to_the_end_of_data_in_time_is_unknown) {
    SmtpSinkProgram sink({"-W", ".:5"});
    auto options = to_port(sink.port);
    options.deadlines.data_end = std::chrono::milliseconds(300);
    auto const reply = send_one(options).recipients[0];
    EXPECT_EQ(reply.handed, Handed::unknown) << reply.text;
    EXPECT_EQ(reply.text, "no answer in time (after DATA)");
}

TEST(Transport, a_port_where_nobody_listens_is_temporary) {
    auto const reply = send_one(to_port(free_port())).recipients[0];
    EXPECT_EQ(reply.handed, Handed::temporary);
    EXPECT_EQ(reply.enhanced_status, "4.4.1");
}

TEST(Transport, finds_mail_hosts_by_mx_and_respects_null_mx_and_unknown_domains) {
    SmtpSinkProgram sink;
    TransportOptions options;
    options.tls = TlsPolicy::off;
    options.mx_port = sink.port;
    options.helo_name = "us.test";
    options.dns_server = "127.0.0.1";  // nobody there: whatever is not in dns_data fails
    options.deadlines.resolve = std::chrono::milliseconds(2000);
    options.dns_data = {"good.test. IN MX 10 dead.good.test.",
                        "good.test. IN MX 20 mx.good.test.",
                        "dead.good.test. IN A 127.0.0.2",
                        "mx.good.test. IN A 127.0.0.1",
                        "null.test. IN MX 0 .",
                        "loop.test. IN MX 5 us.test.",
                        "implicit.test. IN A 127.0.0.1"};
    auto const good = send_one(options, {{"b@good.test"}});
    EXPECT_EQ(good.recipients[0].handed, Handed::accepted) << good.recipients[0].text;
    EXPECT_TRUE(good.server.starts_with("mx.good.test [127.0.0.1]")) << good.server;
    auto const implicit = send_one(options, {{"b@implicit.test"}});
    EXPECT_EQ(implicit.recipients[0].handed, Handed::accepted) << implicit.recipients[0].text;
    EXPECT_EQ(send_one(options, {{"b@null.test"}}).recipients[0].enhanced_status, "5.1.10");
    EXPECT_EQ(send_one(options, {{"b@loop.test"}}).recipients[0].enhanced_status, "5.4.6");
    auto const absent = send_one(options, {{"b@absent.example"}}).recipients[0];
    EXPECT_EQ(absent.handed, Handed::temporary) << absent.text;
}

// ---- A real Postfix ------------------------------------------------------------------------------------------------

class Postfix {
  public:
    Postfix() {
        auto const root = folder_.path();
        std::filesystem::permissions(root, std::filesystem::perms(0755));
        for (auto name : {"queue", "data", "etc"}) std::filesystem::create_directories(root / name);
        auto const key = (root / "key.pem").string(), certificate = (root / "cert.pem").string();
        rapport::testing::run_program({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                                       "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate,
                                       "-days", "2", "-subj", "/CN=localhost", "-addext",
                                       "subjectAltName=DNS:localhost"});
        std::ofstream(root / "etc/main.cf")
            << "compatibility_level = 3.6\nqueue_directory = " << (root / "queue").string()
            << "\ndata_directory = " << (root / "data").string()
            << "\nmyhostname = postfix.test\nmydestination =\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\n"
               "default_transport = discard:\nrelay_domains = static:all\nsmtpd_relay_restrictions = "
               "permit_mynetworks, reject\n"
               "smtpd_recipient_restrictions = check_recipient_access inline:{{nobody@refuse.test = 550 5.1.1 "
               "nobody}}, permit\n"
               "mynetworks = 127.0.0.0/8\nsmtpd_tls_security_level = may\nsmtpd_tls_auth_only = "
               "no\nmaillog_file_prefixes = /tmp, /var\nmaillog_file = "
            << (root / "log").string() << "\nsmtpd_tls_key_file = " << key << "\nsmtpd_tls_cert_file = " << certificate
            << "\n";
        std::string master = rapport::testing::file_text("/etc/postfix/master.cf");
        if (master.empty()) master = rapport::testing::file_text("/usr/share/postfix/master.cf.dist");
        std::string out = "127.0.0.1:" + std::to_string(port) + " inet n - n - - smtpd\n";
        std::istringstream lines(master);
        bool skipping = false;
        for (std::string line; std::getline(lines, line);) {
            if (line.empty() || line[0] == '#') continue;
            bool const continued = line[0] == ' ';
            if (!continued)
                skipping = line.find(" inet ") != std::string::npos || line.find("pipe") != std::string::npos;
            if (skipping) continue;
            std::istringstream words(line);
            std::string a, b, c, d, e;
            if (!continued && words >> a >> b >> c >> d >> e) {  // nothing in a chroot
                std::string rest;
                std::getline(words, rest);
                line = a + " " + b + " " + c + " " + d + " n" + rest;
            }
            out += line + "\n";
        }
        std::ofstream(root / "etc/master.cf") << out;
        rapport::testing::run_program({"chown", "-R", "postfix", (root / "data").string()});
        auto const started = rapport::testing::run_program({"postfix", "-c", (root / "etc").string(), "start"});
        try {
            rapport::testing::wait_for_port(port);
            running = true;
        } catch (std::exception const&) {
            why = started.output;
        }
    }
    ~Postfix() { rapport::testing::run_program({"postfix", "-c", (folder_.path() / "etc").string(), "stop"}); }
    std::string certificate() const { return (folder_.path() / "cert.pem").string(); }

    std::uint16_t port = free_port();
    bool running = false;
    std::string why;

  private:
    rapport::testing::TemporaryFolder folder_;
};

TEST(Transport, speaks_starttls_with_a_real_postfix) {
    if (::geteuid() != 0) GTEST_SKIP() << "Postfix starts as root only";
    Postfix postfix;
    ASSERT_TRUE(postfix.running) << postfix.why;
    TransportOptions options;
    options.smart_host = SmartHost{"localhost", postfix.port};
    auto const opportunistic = send_one(options);
    EXPECT_EQ(opportunistic.recipients[0].handed, Handed::accepted) << opportunistic.recipients[0].text;
    EXPECT_TRUE(opportunistic.encrypted);

    options.smart_host->user = "somebody";
    options.smart_host->password = "secret";
    auto const to_whom = send_one(options);
    EXPECT_EQ(to_whom.recipients[0].handed, Handed::temporary);
    EXPECT_EQ(to_whom.recipients[0].enhanced_status, "4.7.11")
        << "a password is not given to a host that cannot prove who it is";
    options.smart_host->user.clear();

    options.tls = TlsPolicy::required;
    auto const unknown_authority = send_one(options);
    EXPECT_EQ(unknown_authority.recipients[0].handed, Handed::temporary);
    EXPECT_EQ(unknown_authority.recipients[0].enhanced_status, "4.7.5");

    options.ca_file = postfix.certificate();
    auto const verified = send_one(options, {{"nobody@refuse.test"}, {"b@example.org"}});
    EXPECT_TRUE(verified.encrypted) << verified.recipients[1].text;
    EXPECT_EQ(verified.recipients[0].handed, Handed::permanent);
    EXPECT_EQ(verified.recipients[0].enhanced_status, "5.1.1");
    EXPECT_EQ(verified.recipients[1].handed, Handed::accepted) << verified.recipients[1].text;

    options.smart_host->host = "127.0.0.1";  // the certificate is for another name
    EXPECT_EQ(send_one(options).recipients[0].handed, Handed::temporary);

    options.smart_host->host = "localhost";
    auto const large = send_one(options, {{"b@example.org"}}, "Subject: x\r\n\r\n" + std::string(300'000, 'a'));
    EXPECT_EQ(large.recipients[0].handed, Handed::accepted) << large.recipients[0].text;
    auto const too_large = send_one(options, {{"b@example.org"}}, Bytes(11'000'000, 'a'));
    EXPECT_EQ(too_large.recipients[0].enhanced_status, "5.3.4");
}

TEST(Transport, required_tls_waits_where_the_server_offers_none) {
    SmtpSinkProgram sink;
    auto options = to_port(sink.port);
    options.tls = TlsPolicy::required;
    EXPECT_EQ(send_one(options).recipients[0].enhanced_status, "4.7.10");
}

}  // namespace
}  // namespace rapport::channels::email
