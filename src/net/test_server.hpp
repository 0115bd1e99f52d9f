// For the tests of net: a server on a free port with two threads, and a raw socket to talk to it octet by octet.
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <thread>

#include "net/net.hpp"
#include "net/server.hpp"

namespace rapport::net {

class Threads {
  public:
    Threads() {
        for (std::size_t i = 0; i < 2; ++i) threads_[i] = std::thread([this, i] { contexts_[i].run(); });
    }
    ~Threads() { stop(); }
    void stop() {
        guards_.clear();
        for (auto& context : contexts_) context.stop();
        for (auto& thread : threads_)
            if (thread.joinable()) thread.join();
    }
    std::array<asio::io_context*, 2> all() { return {&contexts_[0], &contexts_[1]}; }
    asio::io_context& first() { return contexts_[0]; }

  private:
    std::array<asio::io_context, 2> contexts_{asio::io_context(1), asio::io_context(1)};
    std::vector<asio::executor_work_guard<Executor>> guards_{asio::make_work_guard(contexts_[0]),
                                                             asio::make_work_guard(contexts_[1])};
    std::array<std::thread, 2> threads_;
};

inline Task<Expected<Viewer>> nobody(Request&, Permission) {
    co_return fail(ErrorKind::unauthenticated, "sign_in_first", "Sign in first.");
}

class TestServer {
  public:
    explicit TestServer(Routes routes, ServerOptions options = {}, Authenticate authenticate = nobody,
                        std::shared_ptr<StaticFiles const> files = nullptr)
        : server(quiet(std::move(options)), std::move(routes), std::move(authenticate)) {
        if (files) server.serve("/console/", std::move(files));
        auto const contexts = threads.all();
        server.start(contexts);
    }
    ~TestServer() { server.stop(); }
    std::string url(std::string const& path) const {
        return "http://127.0.0.1:" + std::to_string(server.port()) + path;
    }

    Threads threads;
    Server server;

  private:
    static ServerOptions quiet(ServerOptions options) {
        options.access_log = false;
        return options;
    }
};

class RawClient {
  public:
    explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }
    explicit RawClient(TestServer const& server) : RawClient(server.server.port()) {}
    ~RawClient() { close(); }
    RawClient(RawClient const&) = delete;

    bool send(std::string_view text) {
        while (!text.empty()) {
            auto const n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
            if (n <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }
    // Receives until `mark` stands in what was received (which it returns up to there), the end, or 10 seconds.
    std::string until(std::string_view mark) {
        while (true) {
            if (auto const at = got_.find(mark); at != std::string::npos && !mark.empty()) {
                std::string out = got_.substr(0, at + mark.size());
                got_.erase(0, at + mark.size());
                return out;
            }
            if (!more()) {
                closed = true;
                return std::exchange(got_, {});
            }
        }
    }
    std::string rest() { return until({}); }  // until the server closes
    // One response with a Content-Length (or none).
    std::string response(bool with_body = true) {
        std::string head = until("\r\n\r\n");
        auto const at = head.find("Content-Length: ");
        if (at == std::string::npos || !with_body) return head;
        auto const size = static_cast<std::size_t>(std::stoul(head.substr(at + 16)));
        while (got_.size() < size && more()) {
        }
        std::string out = head + got_.substr(0, size);
        got_.erase(0, std::min(size, got_.size()));
        return out;
    }
    std::string ask(std::string_view request) {
        send(request);
        return response();
    }
    void close() {
        if (fd_ >= 0) ::close(fd_);
        fd_ = -1;
    }
    void shutdown_send() { ::shutdown(fd_, SHUT_WR); }
    int fd() const { return fd_; }
    bool closed = false;

  private:
    bool more() {
        pollfd wait{fd_, POLLIN, 0};
        if (::poll(&wait, 1, 10'000) <= 0) {
            ADD_FAILURE() << "the server said nothing for ten seconds";
            return false;
        }
        char piece[16384];
        auto const n = ::recv(fd_, piece, sizeof piece, 0);
        if (n <= 0) return false;
        got_.append(piece, static_cast<std::size_t>(n));
        return true;
    }
    int fd_;
    std::string got_;
};

inline int status_in(std::string const& response) { return response.size() > 12 ? std::atoi(response.c_str() + 9) : 0; }
inline std::string body_in(std::string const& response) {
    auto const at = response.find("\r\n\r\n");
    return at == std::string::npos ? std::string() : response.substr(at + 4);
}
inline std::string get_text(std::string_view path, std::string_view more = "") {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n" + std::string(more) + "\r\n";
}
inline std::string post_text(std::string_view path, std::string_view type, std::string_view body,
                             std::string_view more = "") {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: h\r\nContent-Type: " + std::string(type) +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string(more) + "\r\n" +
           std::string(body);
}

}  // namespace rapport::net
