// Hands mails over by SMTP or LMTP, as fast as they are taken: `bench_source smtp|lmtp PORT MAILS SESSIONS RECIPIENT
// OCTETS RUN`. What distinguishes it from Postfix's smtp-source: mails of many people with words of their own, and
// every other one answers an earlier mail of the same person (In-Reply-To), so that it has to be threaded. Sessions are
// kept.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "words.hpp"

namespace {

struct Wanted {
    bool lmtp = false;
    int port = 0;
    std::int64_t mails = 0;
    int sessions = 20;
    std::string recipient;
    std::size_t octets = 4096;
    std::string run;  // Message-IDs of two runs are different
};

[[noreturn]] void die(std::string const& why) {
    std::fprintf(stderr, "bench_source: %s\n", why.c_str());
    std::_Exit(1);
}

class Session {
  public:
    explicit Session(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(static_cast<std::uint16_t>(port));
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        int const on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) die("cannot connect");
        expect("220");
    }
    ~Session() { ::close(socket_); }
    Session(Session const&) = delete;

    void say(std::string const& text, char const* code) {
        send(text);
        expect(code);
    }
    void send(std::string_view text) {
        while (!text.empty()) {
            auto const n = ::write(socket_, text.data(), text.size());
            if (n <= 0) die("the connection was lost");
            text.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    // Reads one answer, of however many lines.
    void expect(std::string_view code) {
        for (;;) {
            auto const end = read_.find("\r\n");
            if (end == std::string::npos) {
                char octets[4096];
                auto const n = ::read(socket_, octets, sizeof octets);
                if (n <= 0) die("the connection was lost");
                read_.append(octets, static_cast<std::size_t>(n));
                continue;
            }
            auto const line = read_.substr(0, end);
            read_.erase(0, end + 2);
            if (!line.starts_with(code)) die("unexpected answer: " + line);
            if (line.size() < 4 || line[3] != '-') return;
        }
    }

  private:
    int socket_;
    std::string read_;
};

std::string mail(rapport::bench::Writer const& writer, Wanted const& wanted, std::int64_t n) {
    std::mt19937_64 chance(static_cast<std::uint64_t>(n) * 2654435761U + 3);
    // Two mails each: the second answers the first, which is half a run older.
    auto const people = (wanted.mails + 1) / 2;
    auto const person = std::to_string(n % people);
    auto const subject = writer.words(chance, 6);
    std::string text = "From: Person " + person + " <person" + person + '.' + wanted.run + "@example.org>\r\nTo: <" +
                       wanted.recipient + ">\r\nSubject: " + subject +
                       "\r\nDate: Sun, 22 Nov 2026 09:30:00 +0000\r\nMessage-ID: <" + wanted.run + '.' +
                       std::to_string(n) + "@mail.example.org>\r\n";
    if (n >= people)
        text += "In-Reply-To: <" + wanted.run + '.' + std::to_string(n - people) + "@mail.example.org>\r\n";
    text += "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n";
    while (text.size() < wanted.octets) {
        auto const line = writer.words(chance, 12);
        text += line.substr(0, std::min<std::size_t>(line.size(), 76)) + "\r\n";
    }
    return text + ".\r\n";
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 8) die("smtp|lmtp PORT MAILS SESSIONS RECIPIENT OCTETS RUN");
    Wanted const wanted{std::string_view(argv[1]) == "lmtp",
                        std::atoi(argv[2]),
                        std::atoll(argv[3]),
                        std::atoi(argv[4]),
                        argv[5],
                        static_cast<std::size_t>(std::atoll(argv[6])),
                        argv[7]};
    rapport::bench::Writer const writer;
    std::vector<std::string> mails;
    for (std::int64_t n = 0; n < wanted.mails; ++n) mails.push_back(mail(writer, wanted, n));
    std::atomic<std::int64_t> next = 0;
    auto const begin = std::chrono::steady_clock::now();
    auto const work = [&] {
        Session session(wanted.port);
        session.say(wanted.lmtp ? "LHLO bench.example\r\n" : "EHLO bench.example\r\n", "250");
        for (std::int64_t n = next++; n < wanted.mails; n = next++) {
            session.say("MAIL FROM:<bench@example.org>\r\n", "250");
            session.say("RCPT TO:<" + wanted.recipient + ">\r\n", "250");
            session.say("DATA\r\n", "354");
            session.send(mails[static_cast<std::size_t>(n)]);
            session.expect("250");
        }
        session.say("QUIT\r\n", "221");
    };
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < wanted.sessions; ++i) threads.emplace_back(work);
    }
    auto const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::printf("%.1f\n", static_cast<double>(wanted.mails) / seconds);
    return 0;
}
