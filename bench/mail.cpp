// How fast letters leave: our outbox → Postfix's smtp-sink, 10 KB mails rendered from a template, durable states; and
// the writer alone. bench/mail.sh runs Postfix's relay of mails of the same size in the same run.
//   bench_mail DATABASE SINK_PORT LETTERS [BYTES] [plain | rsa | both | mx | stall]
// rsa, both: signed with DKIM, RSA-2048 alone or with Ed25519 as well. mx: straight to MX hosts. stall: so, too, half
// of the letters for a site that takes connections and never says a word; the rate is that of the other half (SINK_PORT
// on 127.0.0.1).
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <arpa/inet.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "channels/sql.hpp"
#include "people/sql.hpp"
#include "post/post.hpp"
#include "post/sql.hpp"
#include "post/templates.hpp"

namespace {

using namespace rapport;
namespace email = channels::email;
using Steady = std::chrono::steady_clock;

double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

json::Object letter_data(std::size_t bytes) {
    std::string text;
    while (text.size() < bytes / 2) text += "The quick brown fox jumps over the lazy dog and back again, 0123456789.\n";
    return {{"subject", "A notice of the usual length"}, {"text", text}, {"name", "Ada Lovelace"}};
}

void measure_writer(std::size_t bytes) {
    auto const data = letter_data(bytes);
    email::Mail mail{{email::HeaderText("Comune"), {"post@example.org"}},
                     {{}, {"ada@example.com"}},
                     email::HeaderText("x"),
                     system_now(),
                     email::MessageId("out_1", "example.org")};
    std::size_t size = 0;
    int const n = 3000;
    auto const start = Steady::now();
    for (int i = 0; i < n; ++i) {
        auto const rendered = post::render("notice", Locale::en, data, "Comune");
        mail.text = rendered->text;
        mail.html = rendered->html;
        size = email::write_mail(mail).size();
    }
    std::printf("render and write, one core: %.0f mails/s of %zu bytes\n", n / seconds_since(start), size);
}

std::shared_ptr<email::DkimSigner const> signer_of(std::string const& mode) {
    if (mode != "rsa" && mode != "both") return nullptr;
    std::vector<email::DkimIdentity> keys{{"example.org", "r", email::DkimKey::make(email::DkimAlgorithm::rsa_sha256)}};
    if (mode == "both")
        keys.push_back({"example.org", "e", email::DkimKey::make(email::DkimAlgorithm::ed25519_sha256)});
    return std::make_shared<email::DkimSigner const>(std::move(keys));
}

void listen_silently(std::uint16_t port) {
    int const s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    ::inet_pton(AF_INET, "127.0.0.2", &at.sin_addr);
    int const yes = 1;
    ::setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (::bind(s, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 || ::listen(s, 4096) != 0) std::perror("127.0.0.2");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) return std::fprintf(stderr, "usage: bench_mail DATABASE SINK_PORT LETTERS [BYTES]\n"), 2;
    std::int64_t const letters = std::atoll(argv[3]);
    std::size_t const bytes = argc > 4 ? static_cast<std::size_t>(std::atoll(argv[4])) : 10'240;
    std::string const mode = argc > 5 ? argv[5] : "plain";
    auto const port = static_cast<std::uint16_t>(std::atoi(argv[2]));
    bool const stall = mode == "stall";
    if (mode == "plain") measure_writer(bytes);

    std::span<store::Migration const> const migrations[] = {people::sql::migrations, channels::sql::migrations,
                                                            post::sql::migrations};
    store::Options store_options;
    store_options.database = argv[1];
    auto const store = store::Store::open(store_options, migrations);
    auto const data = letter_data(bytes);
    auto const filling = Steady::now();
    for (std::int64_t done = 0; done < letters;) {
        store->write_now([&](store::Tx& tx) {
            for (int i = 0; i < 500 && done < letters; ++i, ++done) {
                if (stall)
                    post::enqueue(tx, {"dlv_x", "notice", {"r@stalled.example"}, Locale::en, "notice", data},
                                  system_now());
                post::enqueue(tx,
                              {"dlv_" + std::to_string(done), "notice", {"r@good.example"}, Locale::en, "notice", data},
                              system_now());
            }
            return 0;
        });
    }
    std::printf("enqueued in batches of 500: %.0f letters/s\n", static_cast<double>(letters) / seconds_since(filling));

    post::Options options;
    if (mode == "stall" || mode == "mx") {
        if (stall) listen_silently(port);
        options.transport.mx_port = port;
        options.transport.dns_data = {"good.example. IN MX 1 mx.good.example.", "mx.good.example. IN A 127.0.0.1",
                                      "stalled.example. IN MX 1 mx.stalled.example.",
                                      "mx.stalled.example. IN A 127.0.0.2"};
    } else {
        options.transport.smart_host = email::SmartHost{"127.0.0.1", port};
    }
    if (auto const signer = signer_of(mode)) options.signer = [signer] { return signer; };
    options.transport.tls = email::TlsPolicy::off;
    options.from = {email::HeaderText("Comune"), {"post@example.org"}};
    options.marks = std::filesystem::path(argv[1]).parent_path() / "marks";
    auto const room = post::Post::make(*store, options);
    asio::io_context context{1};
    asio::co_spawn(context, room->run(), [](std::exception_ptr) {});
    auto const start = Steady::now();
    std::thread thread([&] { context.run(); });
    while (room->counters().accepted < letters) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    double const taken = seconds_since(start);
    room->stop();
    thread.join();
    auto const counters = room->counters();
    std::printf("outbox to smtp-sink, %s: %.0f mails/s (%lld letters in %.2f s, %lld connections)\n", mode.c_str(),
                static_cast<double>(letters) / taken, static_cast<long long>(letters), taken,
                static_cast<long long>(counters.transport.connections));
}
