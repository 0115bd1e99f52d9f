// A letter becomes a mail: rendered, written and signed, on threads of its own: a 2048-bit RSA signature alone takes a
// core a third of a millisecond, and the room's thread has connections to serve.
#pragma once

#include <boost/asio/thread_pool.hpp>

#include "channels/email/dkim.hpp"
#include "post/outbox.hpp"

namespace rapport::post {

struct Composed {
    Bytes mail;
    std::optional<Error> trouble = {};
};

// `words`: of a letter whose owner keeps them; a stock letter is rendered here. Any thread.
Composed compose(Claimed const& letter, std::optional<Content> words, Options const& options,
                 channels::email::DkimSigner const* signer, Time now);

class Composers {
  public:
    explicit Composers(std::size_t threads) : pool_(threads) {}
    ~Composers() { pool_.join(); }
    // `letter` and `options` outlive the await.
    Task<Composed> compose(Claimed const& letter, std::optional<Content> words, Options const& options, Time now);

  private:
    asio::thread_pool pool_;
};

}  // namespace rapport::post
