// Errors in three kinds: expected outcomes are values (Expected), a broken world is an exception, a programmer's
// mistake stops the program (require). net maps ErrorKind to an RFC 9457 problem document in one table.
#pragma once

#include <cstdint>
#include <expected>
#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace rapport {

enum class ErrorKind : std::uint8_t {
    invalid,          // the request is wrong; `fields` names what and how to mend it
    unauthenticated,  // nobody is signed in, or the proof of identity was refused
    forbidden,        // signed in, but this is not allowed
    not_found,        // does not exist, or must not be seen by this viewer
    conflict,         // the state does not allow it (now)
    gone,             // existed, and was erased or expired
    too_large,        // beyond a limit of size
    unsupported,      // a media type or feature that we do not take
    limited,          // too often; see retry_after_s
    unavailable,      // cannot be done now; see retry_after_s
};

// One field that is wrong. `pointer` is a JSON Pointer (RFC 6901) into the request.
struct FieldError {
    std::string pointer;
    std::string rule;  // what must hold: "at most 200 characters"
    std::string fix;   // what to do: "shorten the subject"
};

// An expected failure with a text that may be shown to whoever asked. Never put secrets or other people's data in.
struct Error {
    ErrorKind kind = ErrorKind::invalid;
    std::string code;  // stable, machine-readable: "idempotency_key_reused"
    std::string text;  // one sentence saying what is wrong and what to do
    std::vector<FieldError> fields = {};
    int retry_after_s = 0;
};

template <class T = void>
using Expected = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorKind kind, std::string code, std::string text,
                                   std::vector<FieldError> fields = {}) {
    return std::unexpected(Error{kind, std::move(code), std::move(text), std::move(fields), 0});
}
inline std::unexpected<Error> fail(Error error) { return std::unexpected(std::move(error)); }

// The two faults of a broken world that whoever asked is told apart from the rest (net: 503 and 409).
struct Unavailable : std::runtime_error {  // disk full or read-only, database away: nothing was done
    using runtime_error::runtime_error;
    int retry_after_s = 1;
};
struct Clash : std::runtime_error {  // a rule of the data refused it, found out too late for a value
    using runtime_error::runtime_error;
};

// Stops the program with the place and the broken promise. For programmers' mistakes only.
void require(bool promise, std::string_view what, std::source_location where = std::source_location::current());

}  // namespace rapport
