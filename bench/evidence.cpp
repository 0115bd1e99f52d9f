// What evidence costs on one core: our writer and verifier beside libxmlsec1 and beside one bare P-256 signature, in
// the same run. Prints a table; --seconds N for each line (default 2),
// --only TEXT for some lines.
#include <libxml/parser.h>
#include <openssl/evp.h>
#include <xmlsec/crypto.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/xmltree.h>

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>

#include "base/crypto.hpp"
#include "evidence/certificates.hpp"
#include "evidence/evidence.hpp"
#include "evidence/keys.hpp"
#include "evidence/signature_xml.hpp"
#include "evidence/tsa.hpp"

namespace {

using namespace rapport;
using namespace rapport::evidence;

double seconds_each = 2;
std::string_view only;  // --only TEXT: just the lines whose name holds it

// Seconds of processor that this thread has used: figures "per core" that busy neighbours do not spoil.
double processor_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// Calls per second of processor, the best of three parts.
double rate(std::function<void()> const& work) {
    double best = 0;
    work();
    for (int i = 0; i < 3; ++i) {
        double const start = processor_seconds();
        std::size_t calls = 0;
        double passed = 0;
        while (passed < seconds_each / 3) {
            for (int j = 0; j < 20; ++j) work();
            calls += 20;
            passed = processor_seconds() - start;
        }
        best = std::max(best, static_cast<double>(calls) / passed);
    }
    return best;
}

// Measures one line of the table; `against` is a peer's rate, 0 for none.
double line(char const* what, std::function<void()> const& work, double against = 0, char const* peer = "") {
    if (std::string_view(what).find(only) == std::string_view::npos) return 0;
    double const per_second = rate(work);
    std::printf("%-58s %9.0f/s %8.1f us", what, per_second, 1e6 / per_second);
    if (against > 0) std::printf("   %5.2f x %s", per_second / against, peer);
    std::printf("\n");
    std::fflush(stdout);
    return per_second;
}

void print_machine() {
    std::ifstream cpu("/proc/cpuinfo");
    for (std::string text; std::getline(cpu, text);)
        if (text.starts_with("model name")) {
            std::printf("machine: %s; one thread, by its processor time; %s\n", text.substr(text.find(':') + 2).c_str(),
                        OpenSSL_version(OPENSSL_VERSION));
            return;
        }
}

// About 2 KB before the signature, as a delivery of three files makes it.
Statement statement(Time now) {
    Statement s;
    s.id = EvidenceId{0x0123456789ABCD};
    s.event_time = now;
    s.sender = {"Stadtwerke Beispiel GmbH", "agt_0123456789abc", "rapport-agent", std::nullopt,
                PartyKind::organisation};
    s.recipient = {"Maryam Ahmadi مریم احمدی", "maryam.ahmadi@example.org", "email", std::nullopt};
    s.submission_time = now;
    s.message_identifier = "dlv_0123456789abc";
    s.app_identifier = "INV-2026/4711";
    s.parts = {{"text", "text/plain; charset=utf-8", sha256("text")}};
    return s;
}

struct XmlSec {
    xmlSecKeyPtr key = nullptr;
    Bytes unsigned_record;

    XmlSec(Bytes const& record, DemoCertificate const& certificate) {
        xmlInitParser();
        if (xmlSecInit() < 0 || xmlSecCryptoAppInit(nullptr) < 0 || xmlSecCryptoInit() < 0) std::abort();
        key =
            xmlSecCryptoAppKeyLoadMemory(reinterpret_cast<xmlSecByte const*>(certificate.key_pem.data()),
                                         certificate.key_pem.size(), xmlSecKeyDataFormatPem, nullptr, nullptr, nullptr);
        if (!key) std::abort();
        // The same record with its digests and signature left for libxmlsec1 to fill in.
        unsigned_record = record;
        auto const signature = unsigned_record.find(part::signature_begin);
        auto const blank = [&](std::string_view begin, std::string_view end, std::size_t from) {
            auto const at = unsigned_record.find(begin, from) + begin.size();
            unsigned_record.erase(at, unsigned_record.find(end, at) - at);
            return at;
        };
        auto const first = blank("<ds:DigestValue>", "</ds:DigestValue>", signature);
        auto const second = blank("<ds:DigestValue>", "</ds:DigestValue>", first);
        blank(part::signature_value_begin, part::signature_value_end, second);
    }

    Bytes sign() const {
        xmlDoc* const doc = xmlReadMemory(unsigned_record.data(), static_cast<int>(unsigned_record.size()), nullptr,
                                          nullptr, XML_PARSE_NONET);
        xmlNode* const node = xmlSecFindNode(xmlDocGetRootElement(doc), xmlSecNodeSignature, xmlSecDSigNs);
        xmlSecDSigCtxPtr const context = xmlSecDSigCtxCreate(nullptr);
        context->signKey = key;
        if (xmlSecDSigCtxSign(context, node) < 0) std::abort();
        context->signKey = nullptr;
        xmlSecDSigCtxDestroy(context);
        xmlChar* bytes = nullptr;
        int size = 0;
        xmlDocDumpMemory(doc, &bytes, &size);
        Bytes out(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
        xmlFree(bytes);
        xmlFreeDoc(doc);
        return out;
    }

    void verify(Bytes const& record) const {
        xmlDoc* const doc =
            xmlReadMemory(record.data(), static_cast<int>(record.size()), nullptr, nullptr, XML_PARSE_NONET);
        xmlNode* const node = xmlSecFindNode(xmlDocGetRootElement(doc), xmlSecNodeSignature, xmlSecDSigNs);
        xmlSecDSigCtxPtr const context = xmlSecDSigCtxCreate(nullptr);
        context->signKey = key;
        if (xmlSecDSigCtxVerify(context, node) < 0 || context->status != xmlSecDSigStatusSucceeded) std::abort();
        context->signKey = nullptr;
        xmlSecDSigCtxDestroy(context);
        xmlFreeDoc(doc);
    }
};

void must(bool good, char const* what) {
    if (good) return;
    std::fprintf(stderr, "failed: %s\n", what);
    std::exit(1);
}

std::function<void()> bare_signature() {
    std::shared_ptr<EVP_PKEY> const key = new_p256_key();
    std::shared_ptr<EVP_PKEY_CTX> const context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr),
                                                EVP_PKEY_CTX_free);
    must(EVP_PKEY_sign_init(context.get()) == 1, "sign_init");
    return [key, context, digest = sha256("x")] {
        unsigned char signature[80];
        std::size_t size = sizeof signature;
        must(EVP_PKEY_sign(context.get(), signature, &size, digest.octets.data(), 32) == 1, "sign");
    };
}

std::function<void()> bare_verification() {
    std::shared_ptr<EVP_PKEY> const key = new_p256_key();
    std::shared_ptr<EVP_PKEY_CTX> const context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr),
                                                EVP_PKEY_CTX_free);
    auto const digest = sha256("x");
    Bytes signature(80, '\0');
    std::size_t size = signature.size();
    must(EVP_PKEY_sign_init(context.get()) == 1 &&
             EVP_PKEY_sign(context.get(), octets(signature), &size, digest.octets.data(), 32) == 1 &&
             EVP_PKEY_verify_init(context.get()) == 1,
         "verify_init");
    signature.resize(size);
    return [key, context, digest, signature] {
        must(EVP_PKEY_verify(context.get(), octets(signature), signature.size(), digest.octets.data(), 32) == 1,
             "verify");
    };
}

}  // namespace

int main(int argc, char** argv) {
    for (int i = 1; i + 1 < argc; ++i)
        if (std::string_view(argv[i]) == "--seconds")
            seconds_each = std::atof(argv[i + 1]);
        else if (std::string_view(argv[i]) == "--only")
            only = argv[i + 1];
    print_machine();
    auto const now = system_now();
    auto const authority = DemoAuthority::make("Bench", now);
    auto const seal_certificate = authority.issue(KeyPurpose::seal, "Bench", now);
    auto const tsa_certificate = authority.issue(KeyPurpose::tsa, "Bench", now);
    Sealer const sealer(*load_signer(seal_certificate.key_pem, seal_certificate.certificate_pem, now),
                        Issuer{"Bench organisation"});
    auto const tsa = *TimeStampAuthority::open(tsa_certificate.key_pem, tsa_certificate.certificate_pem, now);
    Trust trust;
    must(trust.add_root(authority.root().certificate_pem).has_value(), "trust");
    auto const content = statement(now);
    auto const record = *sealer.seal_xml(content, now);
    auto const stamped = *with_timestamp(record, *tsa.stamp(*timestamp_imprint(record), now));
    must(verify_evidence(record, trust).ok() && verify_evidence(stamped, trust).ok(), "own verification");
    XmlSec const xmlsec(record, seal_certificate);
    must(verify_evidence(xmlsec.sign(), trust).checks.size() > 10, "libxmlsec1's record");
    std::printf("record: %zu bytes before its signature, %zu as XAdES-B-B, %zu as XAdES-B-T\n\n",
                record.find(part::signature_begin), record.size(), stamped.size());

    char const* const raw = "bare signature";
    double const bare = line("one P-256 signature, nothing else", bare_signature());
    double const theirs =
        line("seal XAdES-B-B by libxmlsec1 (key shared)", [&] { must(!xmlsec.sign().empty(), "sign"); }, bare, raw);
    line(
        "seal XAdES-B-B by our writer", [&] { must(sealer.seal_xml(content, now).has_value(), "seal"); }, theirs,
        "libxmlsec1");
    line(
        "seal with salt and commitment for the log", [&] { must(sealer.seal(content, now).has_value(), "seal"); }, bare,
        raw);
    line(
        "RFC 3161 token by the own authority", [&] { must(tsa.stamp(sha256("x"), now).has_value(), "stamp"); }, bare,
        raw);
    line(
        "seal XAdES-B-T: record, own token, put in",
        [&] {
            auto const xml = sealer.seal_xml(content, now);
            auto const token = tsa.stamp(*timestamp_imprint(*xml), now);
            must(with_timestamp(*xml, *token).has_value(), "stamp");
        },
        bare, raw);
    auto sealing_and_stamping =
        Sealer(*load_signer(seal_certificate.key_pem, seal_certificate.certificate_pem, now), Issuer{"Bench"});
    sealing_and_stamping.stamp_by(std::make_shared<TimeStampAuthority const>(*TimeStampAuthority::open(
                                      tsa_certificate.key_pem, tsa_certificate.certificate_pem, now)),
                                  system_now);
    line(
        "the same by the sealer, with salt and commitment",
        [&] { must(!sealing_and_stamping.seal(content, now)->token.empty(), "seal"); }, bare, raw);

    line("one P-256 verification, nothing else", bare_verification());
    double const checks = line("verify XAdES-B-B by libxmlsec1 (given key, no chain)", [&] { xmlsec.verify(record); });
    auto const never_seen = [&](Bytes const& bytes) {
        Trust fresh;
        must(fresh.add_root(authority.root().certificate_pem).has_value(), "trust");
        must(verify_evidence(bytes, fresh).ok(), "verify");
    };
    line("verify XAdES-B-B, keys and chains never seen before", [&] { never_seen(record); }, checks, "libxmlsec1");
    line("verify XAdES-B-T, keys and chains never seen before", [&] { never_seen(stamped); }, checks, "libxmlsec1");
    line(
        "verify XAdES-B-B, every check", [&] { must(verify_evidence(record, trust).ok(), "verify"); }, checks,
        "libxmlsec1");
    line(
        "verify XAdES-B-T, every check", [&] { must(verify_evidence(stamped, trust).ok(), "verify"); }, checks,
        "libxmlsec1");
    return 0;
}
