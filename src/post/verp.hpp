// Addresses that carry, signed, which letter they belong to (variable envelope return paths, VERP): where bounces come
// back to, where a mail unsubscribes, and the left part of our Message-IDs. Letters' identifiers can be guessed, so
// each text ends in a MAC: what we did not make has no effect. docs/formats/inbound.md. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.hpp"
#include "post/post.hpp"

namespace rapport::post {

// What a signed text is for; part of what is signed, so that one cannot stand for another.
enum class SignedFor : std::uint8_t { bounce, unsubscribe, message_id };

inline constexpr std::string_view return_path_purpose = "post.return_paths";
// How long after a rotation of the master key bounces and complaints of letters from before are recognised.
inline constexpr Duration return_path_memory = std::chrono::days(60);

class ReturnPaths {
  public:
    // `key`: keyring.derive(return_path_purpose). `bounce_domain`: what our listener takes mail for. `earlier`: what
    // signed before the master key was rotated; recognised, never signed with.
    ReturnPaths(Key256 const& key, std::string_view bounce_domain, std::vector<Key256> earlier = {});

    std::string const& domain() const { return domain_; }

    // "bounce-<letter>-<mac>@<bounce domain>": the envelope sender of one letter (RFC 5321 §4.4).
    EmailAddress return_path(OutboxId letter) const;
    // "unsubscribe-<letter>-<mac>@<bounce domain>": for a mailto: in List-Unsubscribe (RFC 2369 §3.2).
    EmailAddress unsubscribe_address(OutboxId letter) const;
    // "out_….<mac>": the left part of the letter's Message-ID, always the same for a letter.
    std::string message_id_left(OutboxId letter) const;

    // Which letter an address of ours names; nothing when it is foreign or forged. Compares in constant time, ignores
    // case (RFC 5321 §2.4 lets relays keep it, some do not).
    std::optional<OutboxId> bounced(std::string_view address) const;
    std::optional<OutboxId> unsubscribed(std::string_view address) const;
    // "<out_….<mac>@anything>", with or without the brackets.
    std::optional<OutboxId> message_of(std::string_view message_id) const;
    // Looks for any of the above in a text that is not of any known form; at most the first 256 KiB.
    std::optional<OutboxId> found_in(std::string_view text) const;

  private:
    static std::string local_part(Key256 const& key, SignedFor what, OutboxId letter);
    std::optional<OutboxId> letter_of(SignedFor what, std::string_view left) const;
    std::optional<OutboxId> letter_at(SignedFor what, std::string_view address) const;

    Key256 key_;
    std::vector<Key256> earlier_;
    std::string domain_;
};

}  // namespace rapport::post
