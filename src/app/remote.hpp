// A server that a subcommand speaks to through its API, as any other client would: --server URL and an API key, which
// stands in RAPPORT_API_KEY or a file, never on the command line, where other users of the machine could read it.
#pragma once

#include <chrono>
#include <memory>

#include "app/arguments.hpp"
#include "base/json.hpp"
#include "net/client.hpp"

namespace rapport::app {

class Remote {
  public:
    // Options that every such command takes; add them to its grammar.
    static Grammar with_server(Grammar grammar);
    static Expected<Remote> of(Arguments const& arguments);

    struct Call {
        std::string method = "GET";
        std::string path;  // with query
        std::string body = {};
        std::string content_type = "application/json";
        std::string idempotency_key = {};  // a lost answer is asked for once more where there is one, and for GET
        std::chrono::milliseconds timeout{30'000};
        std::size_t response_limit = 4 << 20;
    };
    // The body of a reply 2xx; else the refusal in the server's words. Code http_unreachable and the like: nobody
    // answered.
    Expected<std::string> call(Call call);

  private:
    Remote(std::string server, std::string key);
    std::string server_, key_;
    std::unique_ptr<net::HttpClient> client_;
};

// Codes: file_unreadable, file_too_large.
Expected<Bytes> read_file(std::string const& path, std::size_t most_bytes);
// A value of a query.
std::string in_query(std::string_view text);
std::unexpected<Error> wrong_words(std::string text);

}  // namespace rapport::app
