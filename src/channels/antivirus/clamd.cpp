// INSTREAM as clamd(8) has it: "zINSTREAM\0", pieces with their length in front, an empty piece; a reply that ends with
// NUL.
#include "channels/antivirus/clamd.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace rapport::channels::antivirus {
namespace {

using Deadline = std::chrono::steady_clock::time_point;

constexpr std::size_t piece = 128 << 10, longest_reply = 4096;

std::unexpected<Error> unreachable(std::string_view why) {
    return fail(ErrorKind::unavailable, "clamd_unreachable", "clamd does not answer: " + std::string(why) + ".");
}

class Socket {
  public:
    explicit Socket(int file) : file_(file) {}
    ~Socket() {
        if (file_ >= 0) ::close(file_);
    }
    Socket(Socket&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
    Socket& operator=(Socket&&) = delete;
    int file() const { return file_; }

    bool wait(short what, Deadline until) const {
        while (true) {
            auto const left =
                std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
            if (left.count() <= 0) return false;
            pollfd one{file_, what, 0};
            auto const n = ::poll(&one, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
            if (n > 0) return true;
            if (n < 0 && errno != EINTR) return false;
        }
    }

  private:
    int file_;
};

bool begin(Socket const& socket, sockaddr const* to, socklen_t size, Deadline until) {
    if (::connect(socket.file(), to, size) == 0) return true;
    if (errno != EINPROGRESS || !socket.wait(POLLOUT, until)) return false;
    int trouble = 0;
    socklen_t length = sizeof trouble;
    return ::getsockopt(socket.file(), SOL_SOCKET, SO_ERROR, &trouble, &length) == 0 && trouble == 0;
}

constexpr int kind = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

Expected<Socket> connect_path(std::string const& path, Deadline until) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    if (path.size() >= sizeof to.sun_path) return unreachable("the path of its socket is too long");
    std::memcpy(to.sun_path, path.c_str(), path.size() + 1);
    Socket socket(::socket(AF_UNIX, kind, 0));
    if (socket.file() < 0 || !begin(socket, reinterpret_cast<sockaddr const*>(&to), sizeof to, until))
        return unreachable(std::strerror(errno));
    return socket;
}

// A question to the resolver, which may take longer than anybody waits (getaddrinfo_a(3)): it keeps what it was asked
// with until it is done.
struct Lookup {
    std::string host, port;
    addrinfo hints{};
    gaicb request{};

    Lookup(std::string wanted_host, std::string wanted_port)
        : host(std::move(wanted_host)), port(std::move(wanted_port)) {
        hints.ai_socktype = SOCK_STREAM;
        request.ar_name = host.c_str();
        request.ar_service = port.c_str();
        request.ar_request = &hints;
    }
    ~Lookup() {
        if (request.ar_result) ::freeaddrinfo(request.ar_result);
    }
    Lookup(Lookup const&) = delete;
    bool is_done() { return ::gai_error(&request) != EAI_INPROGRESS; }
};

// Those that nobody waits for any more, and that could not be taken back. A resolver that never answers is not asked
// over and over.
class Unfinished {
  public:
    static constexpr std::size_t most = 4;
    bool full() {
        std::scoped_lock const lock(mutex_);
        std::erase_if(lookups_, [](auto& one) { return one->is_done(); });
        return lookups_.size() >= most;
    }
    void keep(std::unique_ptr<Lookup> lookup) {
        std::scoped_lock const lock(mutex_);
        lookups_.push_back(std::move(lookup));
    }

  private:
    std::mutex mutex_;
    std::vector<std::unique_ptr<Lookup>> lookups_;
};

Expected<std::unique_ptr<Lookup>> look_up(std::string const& host, std::string const& port, Deadline until) {
    static auto& unfinished = *new Unfinished;  // a lookup may outlive everything else
    if (unfinished.full()) return unreachable("the resolver does not answer");
    auto lookup = std::make_unique<Lookup>(host, port);
    gaicb* const asked[] = {&lookup->request};
    if (::getaddrinfo_a(GAI_NOWAIT, const_cast<gaicb**>(asked), 1, nullptr) != 0)
        return unreachable("its name cannot be looked up");
    while (!lookup->is_done()) {
        auto const left =
            std::chrono::duration_cast<std::chrono::nanoseconds>(until - std::chrono::steady_clock::now());
        timespec const wait{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
        if (left.count() > 0) {
            ::gai_suspend(asked, 1, &wait);
            continue;
        }
        if (::gai_cancel(&lookup->request) == EAI_NOTCANCELED) unfinished.keep(std::move(lookup));
        return unreachable("its name was not found in time");
    }
    if (::gai_error(&lookup->request) != 0) return unreachable("its name is not known");
    return lookup;
}

Expected<Socket> connect_host(std::string const& host, std::string const& port, Deadline until) {
    auto const lookup = look_up(host, port, until);
    if (!lookup) return fail(lookup.error());
    for (auto const* one = (*lookup)->request.ar_result; one; one = one->ai_next) {
        Socket socket(::socket(one->ai_family, kind, 0));
        if (socket.file() >= 0 && begin(socket, one->ai_addr, one->ai_addrlen, until)) return socket;
    }
    return unreachable(std::strerror(errno));
}

Expected<Socket> connect_to(ClamdOptions const& options) {
    auto const until = std::chrono::steady_clock::now() + options.connect;
    if (options.address.starts_with('/')) return connect_path(options.address, until);
    auto const colon = options.address.rfind(':');
    if (colon == std::string::npos) return unreachable("its address is none");
    auto host = options.address.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return connect_host(host, options.address.substr(colon + 1), until);
}

// False also when clamd has closed: its reply says why.
bool send_all(Socket const& socket, std::string_view bytes, Deadline until) {
    while (!bytes.empty()) {
        auto const n = ::send(socket.file(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(n));
            continue;
        }
        if (n < 0 && errno != EAGAIN && errno != EINTR) return false;
        if (!socket.wait(POLLOUT, until)) return false;
    }
    return true;
}

bool send_file(Socket const& socket, ByteView bytes, Deadline until) {
    using namespace std::string_view_literals;
    if (!send_all(socket, "zINSTREAM\0"sv, until)) return false;
    while (true) {
        auto const n = std::min(bytes.size(), piece);
        std::array<char, 4> length{};
        for (std::size_t i = 0; i < 4; ++i) length[i] = static_cast<char>(n >> (24 - 8 * i) & 0xFF);
        if (!send_all(socket, {length.data(), length.size()}, until)) return false;
        if (n == 0) return true;
        if (!send_all(socket, bytes.substr(0, n), until)) return false;
        bytes.remove_prefix(n);
    }
}

std::string receive(Socket const& socket, Deadline until) {
    std::string reply;
    std::array<char, 1024> some{};
    while (reply.size() < longest_reply && reply.find('\0') == std::string::npos) {
        if (!socket.wait(POLLIN, until)) break;
        auto const n = ::recv(socket.file(), some.data(), some.size(), 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (n <= 0) break;
        reply.append(some.data(), static_cast<std::size_t>(n));
    }
    return reply.substr(0, reply.find('\0'));
}

std::string shown(std::string_view text) {
    std::string out;
    for (char const c : text.substr(0, 200)) out += c >= ' ' && c <= '~' ? c : '?';
    return out;
}

}  // namespace

Expected<Verdict> read_reply(std::string_view reply) {
    auto text = trimmed(reply);
    if (text.starts_with("stream: ")) text.remove_prefix(8);
    if (text == "OK") return Verdict{Finding::clean, ""};
    if (text.ends_with(" FOUND")) return Verdict{Finding::infected, shown(text.substr(0, text.size() - 6))};
    if (text.ends_with("ERROR")) return Verdict{Finding::not_scanned, shown(trimmed(text.substr(0, text.size() - 5)))};
    return unreachable("its reply is not understood");
}

bool is_clamd_address(std::string_view address) {
    if (address.starts_with('/')) return address.size() < sizeof(sockaddr_un::sun_path);
    auto const colon = address.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    auto const port = address.substr(colon + 1);
    return !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string_view::npos;
}

Expected<Verdict> scan(ClamdOptions const& options, ByteView bytes) {
    auto socket = connect_to(options);
    if (!socket) return fail(socket.error());
    auto const until = std::chrono::steady_clock::now() + options.in_all;
    bool const sent = send_file(*socket, bytes, until);
    auto const reply = receive(*socket, until);
    if (reply.empty()) return unreachable(sent ? "no reply" : "it took the file in part");
    return read_reply(reply);
}

}  // namespace rapport::channels::antivirus
