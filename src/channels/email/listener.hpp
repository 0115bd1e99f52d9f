// Mail that arrives: a server for SMTP or LMTP on one address. Only the configured peers may speak to it and only for
// recipients that somebody here takes: it never relays. The peer gets its 250 when Keep says that the mail is durable,
// not before. Everything is bounded: connections, octets in memory, time. Single-threaded: all runs on `executor`.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "channels/email/dialogue.hpp"

namespace rapport::channels::email {

struct ListenerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;                                       // 0: any free one
    std::vector<std::string> peers = {"127.0.0.0/8", "::1/128"};  // networks that may connect
    std::string certificate = {}, key = {};                       // PEM files: with them STARTTLS is offered
    std::size_t sessions = 200, sessions_of_peer = 100;
    std::size_t octets = 256 * 1024 * 1024;   // of all mails that are coming in
    std::chrono::milliseconds idle{300'000};  // RFC 5321 §4.5.3.2.7
    std::chrono::milliseconds mail{600'000};  // from MAIL to the end of the mail
    std::chrono::milliseconds session{3'600'000};
    DialogueOptions dialogue = {};
};

struct ArrivedMail {
    TakenMail mail;
    std::string peer;  // its address
    Protocol protocol{};
    bool encrypted = false;
};

enum class Kept : unsigned char { durable, try_again, never };

class Listener {
  public:
    // Completes when the mail is durable, or says that it is not.
    using Keep = std::function<Task<Kept>(ArrivedMail)>;

    // Listens at once; throws when it cannot, or when a network or the certificate cannot be read.
    static std::unique_ptr<Listener> make(Executor executor, ListenerOptions options, Dialogue::Refusal refusal,
                                          Keep keep);
    virtual ~Listener() = default;
    virtual std::uint16_t port() const = 0;
    virtual Task<> run() = 0;  // serves until stop()
    virtual void stop() = 0;   // any thread
};

}  // namespace rapport::channels::email
