// What this module's tests share: a demo authority with a fixed clock, statements for every event, tools, scratch
// files.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/crypto.hpp"
#include "evidence/certificates.hpp"
#include "evidence/evidence.hpp"
#include "evidence/keys.hpp"
#include "evidence/tsa.hpp"

namespace rapport::evidence::test {

inline Time const noon = *time_from_text("2026-11-21T12:00:00Z");
// Tools that we did not write judge certificates by the real clock.
inline Time today() { return system_now(); }

inline constexpr std::string_view hostile_text =
    "<b a=\"1\">&amp; ]]> 'q' \"d\" \t tab\r\ncrlf \r cr\n سلام دنیا \u200f 👩‍👩‍👧 é \u00a0 --> "
    "<?pi?> "
    "<!DOCTYPE "
    "x>";

inline Statement statement_of(EventCode event, Time at = noon) {
    Statement s;
    s.id = EvidenceId{0x0123456789ABCD};
    s.event = event;
    if (info(event).negative)
        s.reasons = {{std::string(reason::system_failure), "What happened: " + std::string(hostile_text)}};
    s.event_time = at + Duration(123456);
    s.sender = {"Stadtwerke Beispiel GmbH", "agt_0123456789abc", "rapport-agent",
                Authentication{std::string(assurance::account), std::string(method::password_totp), at, std::nullopt},
                PartyKind::organisation};
    s.recipient = {
        "مریم " + std::string(hostile_text), "maryam@example.org", "email",
        Authentication{std::string(assurance::low), std::string(method::one_time_code), at, sha256("record")}};
    s.submission_time = at - std::chrono::minutes(5);
    s.message_identifier = "dlv_0123456789abc";
    s.app_identifier = "INV-2026/4711 <&>";
    s.parts = {{"text", "text/plain; charset=utf-8", sha256("text")},
               {"contract \"final\".pdf", "application/pdf", sha256("pdf")}};
    if (event == EventCode::F1 || event == EventCode::F2) s.external_system = "smtp:mx.example.org";
    s.facts = {{"mail-server-reply", "250 2.0.0 Ok: queued as <4F>\r\n"}, {"name \"with\"\tquotes", ""}};
    return s;
}

struct Parts {
    explicit Parts(Time now = noon)
        : authority(DemoAuthority::make("Musterstadt", now)),
          seal(authority.issue(KeyPurpose::seal, "Musterstadt", now)),
          stamp(authority.issue(KeyPurpose::tsa, "Musterstadt", now)),
          signer(*load_signer(seal.key_pem, seal.certificate_pem, now)),
          sealer(signer, Issuer{"Musterstadt <Öffentlich> & Co"}) {
        EXPECT_TRUE(trust.add_root(authority.root().certificate_pem));
    }
    DemoAuthority authority;
    DemoCertificate seal, stamp;
    std::shared_ptr<Signer const> signer;
    Sealer sealer;
    Trust trust;
};

// A folder that goes away with the test.
class Scratch {
  public:
    Scratch() {
        char name[] = "/tmp/rapport-evidence-XXXXXX";
        path = ::mkdtemp(name);
    }
    ~Scratch() { std::filesystem::remove_all(path); }
    std::filesystem::path write(std::string const& name, ByteView bytes) const {
        std::ofstream(path / name, std::ios::binary) << bytes;
        return path / name;
    }
    Bytes read(std::string const& name) const {
        std::ostringstream out;
        out << std::ifstream(path / name, std::ios::binary).rdbuf();
        return std::move(out).str();
    }
    // Runs a command in the folder; its output is in the file "output".
    int run(std::string const& command) const {
        return std::system(("cd '" + path.string() + "' && { " + command + "; } > output 2>&1").c_str());
    }
    std::filesystem::path path;
};

}  // namespace rapport::evidence::test
