// For tests that use programs we did not write: start one on a free port of 127.0.0.1, wait until it answers, end it.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace rapport::testing {

// A port that was free a moment ago.
inline std::uint16_t free_port() {
    int const s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bool const bound = ::bind(s, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                       ::getsockname(s, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    ::close(s);
    if (!bound) throw std::runtime_error("no free port");
    return ntohs(address.sin_port);
}

inline bool answers(std::uint16_t port) {
    int const s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    bool const connected = ::connect(s, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(s);
    return connected;
}

// Until something accepts connections there; a program that is starting gives no other sign.
inline void wait_for_port(std::uint16_t port, std::chrono::seconds limit = std::chrono::seconds(20)) {
    auto const end = std::chrono::steady_clock::now() + limit;
    while (!answers(port)) {
        if (std::chrono::steady_clock::now() > end)
            throw std::runtime_error("nothing answers on port " + std::to_string(port));
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

class Process {
  public:
    // `output`: a file for its standard output and error; empty: dropped.
    explicit Process(std::vector<std::string> const& words, std::string const& output = {}) {
        std::vector<char*> argv;
        for (auto const& word : words) argv.push_back(const_cast<char*>(word.c_str()));
        argv.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions, 1, output.empty() ? "/dev/null" : output.c_str(),
                                           O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
        int const failed = ::posix_spawnp(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
        ::posix_spawn_file_actions_destroy(&actions);
        if (failed) throw std::runtime_error("cannot start " + words.front());
    }
    ~Process() { end(); }
    Process(Process const&) = delete;
    Process& operator=(Process const&) = delete;

    void end(int with = SIGTERM) {
        if (pid_ <= 0) return;
        ::kill(pid_, with);
        wait();
    }
    int wait() {  // the exit code; -1 when it died of a signal
        int status = 0;
        if (pid_ > 0) ::waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

  private:
    pid_t pid_ = -1;
};

struct Ran {
    int code = 0;
    std::string output;
};
inline std::string file_text(std::filesystem::path const& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

// A folder that goes away with it.
class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "rapport-XXXXXX").string();
        if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
        path_ = name;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(TemporaryFolder const&) = delete;
    TemporaryFolder& operator=(TemporaryFolder const&) = delete;
    std::filesystem::path const& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

inline Ran run_program(std::vector<std::string> const& words) {
    TemporaryFolder const folder;
    auto const output = folder.path() / "output";
    Process process(words, output.string());
    int const code = process.wait();
    return {code, file_text(output)};
}

}  // namespace rapport::testing
