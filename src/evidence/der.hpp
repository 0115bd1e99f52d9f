// The little DER (X.690) that CMS structures of ours are written and recognised with. Not part of the module's
// interface.
#pragma once

#include <optional>

#include "base/bytes.hpp"
#include "base/time.hpp"

namespace rapport::evidence::der {

enum Tag : unsigned char {
    integer = 0x02,
    octet_string = 0x04,
    object = 0x06,
    utc_time = 0x17,
    generalized_time = 0x18,
    sequence = 0x30,
    set = 0x31,
    context_0 = 0xa0
};

namespace oid {
inline constexpr std::string_view data = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
inline constexpr std::string_view signed_data = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
inline constexpr std::string_view content_type = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03";
inline constexpr std::string_view message_digest = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";
inline constexpr std::string_view signing_time = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05";
inline constexpr std::string_view tst_info = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04";
inline constexpr std::string_view signing_certificate_v2 = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f";
inline constexpr std::string_view sha256 = "\x60\x86\x48\x01\x65\x03\x04\x02\x01";
inline constexpr std::string_view ecdsa_sha256 = "\x2a\x86\x48\xce\x3d\x04\x03\x02";
}  // namespace oid

void put(Bytes& out, Tag tag, ByteView content);
Bytes tlv(Tag tag, ByteView content);
Bytes algorithm(std::string_view id);                  // AlgorithmIdentifier without parameters (RFC 5754 §2)
Bytes attribute(std::string_view id, ByteView value);  // CMS Attribute of one value
Bytes generalized(Time at);                            // GeneralizedTime in UTC with its fraction (X.690 §11.7)

// Takes what a tag and a length announce. It does not ask whether the length is the shortest: who must know writes
// again what was read, and compares.
class Cursor {
  public:
    explicit Cursor(ByteView bytes) : rest_(bytes) {}
    std::optional<ByteView> take(Tag tag);  // the content
    // The content of the next, or an empty cursor that is not good.
    Cursor enter(Tag tag);
    bool done() const { return good_ && rest_.empty(); }
    bool good() const { return good_; }

  private:
    ByteView rest_;
    bool good_ = true;
};

}  // namespace rapport::evidence::der
