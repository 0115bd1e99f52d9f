// The own time-stamping authority (RFC 3161 §2). Requests of others are answered by OpenSSL, one response context per
// thread; tokens for this program are written directly. No state: serial numbers are 127 random bits, unique without a
// counter on disk (EN 319 422 asks uniqueness, not order).
#include "evidence/tsa.hpp"

#include <openssl/ts.h>

#include <atomic>

#include "base/crypto.hpp"
#include "evidence/certificates.hpp"
#include "evidence/openssl.hpp"
#include "evidence/own_token.hpp"
#include "evidence/p256.hpp"

namespace rapport::evidence {
namespace {

using ResponseContext = std::unique_ptr<TS_RESP_CTX, FreeWith<TS_RESP_CTX_free>>;
using Response = std::unique_ptr<TS_RESP, FreeWith<TS_RESP_free>>;
using Object = std::unique_ptr<ASN1_OBJECT, FreeWith<ASN1_OBJECT_free>>;

constexpr std::size_t largest_request = 64 * 1024;

std::atomic<std::uint64_t> next_authority_number{1};

Bytes new_serial() {
    auto serial = random_bytes(16);
    serial[0] = static_cast<char>((serial[0] & 0x7F) | 0x40);  // positive, of full length
    return serial;
}

ASN1_INTEGER* random_serial(TS_RESP_CTX*, void*) {
    auto const serial = new_serial();
    std::unique_ptr<BIGNUM, FreeWith<BN_free>> const number(
        BN_bin2bn(octets(serial), static_cast<int>(serial.size()), nullptr));
    return BN_to_ASN1_INTEGER(number.get(), nullptr);
}

PKey shared(EVP_PKEY* key) {
    openssl_must(EVP_PKEY_up_ref(key) == 1, "share a key");
    return PKey(key);
}

// A root need not travel with every token: whoever believes in it has it.
std::vector<Certificate> without_roots(std::vector<Certificate> chain) {
    std::erase_if(chain, [&](Certificate const& each) { return each != chain.front() && is_self_signed(each.get()); });
    return chain;
}

// Everything between the own certificate and the root.
std::vector<Certificate> others_of(std::vector<Certificate> const& chain) {
    std::vector<Certificate> others;
    for (std::size_t i = 1; i < chain.size(); ++i) {
        openssl_must(X509_up_ref(chain[i].get()) == 1, "share a certificate");
        others.emplace_back(chain[i].get());
    }
    return others;
}

// `data` is the caller's `now`: the authority has no clock of its own.
int time_of_caller(TS_RESP_CTX*, void* data, long* seconds, long* microseconds) {
    auto const us = micros(*static_cast<Time const*>(data));
    *seconds = static_cast<long>(us / 1'000'000);
    *microseconds = static_cast<long>(us % 1'000'000);
    return 1;
}

// `PKIStatus rejection` with `systemFailure` (RFC 3161 §2.4.2): when even the rejection could not be written.
Bytes last_resort() { return Bytes("\x30\x09\x30\x07\x02\x01\x02\x03\x02\x06\x40", 11); }

Bytes encoded(TS_RESP* response) {
    unsigned char* der = nullptr;
    int const size = response ? i2d_TS_RESP(response, &der) : -1;
    ERR_clear_error();
    if (size <= 0) return last_resort();
    Bytes out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return out;
}

}  // namespace

struct TimeStampAuthority::State {
    State(PKey key_given, std::vector<Certificate> chain_given)
        : key(std::move(key_given)),
          chain(without_roots(std::move(chain_given))),
          signing(shared(key.get())),
          form(chain.front().get(), others_of(chain)) {}

    PKey key;
    std::vector<Certificate> chain;
    SigningKey signing;
    TokenForm form;
    Object policy{};
    Bytes policy_octets{};
    Time valid_from{}, valid_to{};
    std::uint64_t number = next_authority_number++;

    TS_RESP_CTX* context() const;
    Response answer(ByteView request, Time now) const;

  private:
    ResponseContext new_context() const;
};

ResponseContext TimeStampAuthority::State::new_context() const {
    ResponseContext made(TS_RESP_CTX_new());
    std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * s) { sk_X509_free(s); })> const others(
        sk_X509_new_null());
    for (std::size_t i = 1; i < chain.size(); ++i) sk_X509_push(others.get(), chain[i].get());
    bool good = made && TS_RESP_CTX_set_signer_cert(made.get(), chain.front().get()) == 1 &&
                TS_RESP_CTX_set_signer_key(made.get(), key.get()) == 1 &&
                TS_RESP_CTX_set_signer_digest(made.get(), EVP_sha256()) == 1 &&
                TS_RESP_CTX_set_ess_cert_id_digest(made.get(), EVP_sha256()) == 1 &&  // RFC 5816
                TS_RESP_CTX_set_def_policy(made.get(), policy.get()) == 1 &&
                TS_RESP_CTX_set_accuracy(made.get(), own_token_accuracy_seconds, 0, 0) == 1 &&
                TS_RESP_CTX_set_clock_precision_digits(made.get(), 6) == 1 &&
                TS_RESP_CTX_set_certs(made.get(), others.get()) == 1;
    for (auto const* digest : {EVP_sha256(), EVP_sha384(), EVP_sha512()})
        good = good && TS_RESP_CTX_add_md(made.get(), digest) == 1;
    openssl_must(good, "prepare a time-stamping authority");
    TS_RESP_CTX_set_serial_cb(made.get(), random_serial, nullptr);
    return made;
}

TS_RESP_CTX* TimeStampAuthority::State::context() const {
    struct Entry {
        std::uint64_t number;
        ResponseContext context;
    };
    thread_local std::vector<Entry> entries;
    for (auto& entry : entries)
        if (entry.number == number) return entry.context.get();
    if (entries.size() == 4) entries.pop_back();
    entries.insert(entries.begin(), Entry{number, new_context()});
    return entries.front().context.get();
}

Response TimeStampAuthority::State::answer(ByteView request, Time now) const {
    auto* const context_of_thread = context();
    TS_RESP_CTX_set_time_cb(context_of_thread, time_of_caller, &now);
    auto const bio = memory_bio(request);
    Response response(TS_RESP_create_response(context_of_thread, bio.get()));
    ERR_clear_error();
    return response;
}

TimeStampAuthority::TimeStampAuthority(std::unique_ptr<State> state) : state_(std::move(state)) {}
TimeStampAuthority::~TimeStampAuthority() = default;
TimeStampAuthority::TimeStampAuthority(TimeStampAuthority&&) noexcept = default;
TimeStampAuthority& TimeStampAuthority::operator=(TimeStampAuthority&&) noexcept = default;

Expected<TimeStampAuthority> TimeStampAuthority::open(ByteView key_pem, ByteView chain_pem, Time now,
                                                      std::string_view policy_oid) {
    auto checked = check_key(key_pem, chain_pem, now);
    if (!checked) return fail(checked.error());
    if (X509_check_purpose(checked->chain.front().get(), X509_PURPOSE_TIMESTAMP_SIGN, 0) != 1)
        return fail(ErrorKind::invalid, "key_usage",
                    "The certificate is not for time stamping alone: extended key usage timeStamping, critical (RFC "
                    "3161 §2.3).");
    auto state = std::make_unique<State>(std::move(checked->key), std::move(checked->chain));
    state->policy.reset(OBJ_txt2obj(std::string(policy_oid).c_str(), 1));
    if (!state->policy)
        return fail(ErrorKind::invalid, "policy_unreadable", "The policy of time stamps must be an OID.");
    state->policy_octets.assign(reinterpret_cast<char const*>(OBJ_get0_data(state->policy.get())),
                                OBJ_length(state->policy.get()));
    X509* const own = state->chain.front().get();
    state->valid_from = time_of(X509_get0_notBefore(own)).value_or(Time::max());
    state->valid_to = time_of(X509_get0_notAfter(own)).value_or(Time::min());
    return TimeStampAuthority(std::move(state));
}

Bytes TimeStampAuthority::respond(ByteView request, Time now) const {
    // An empty buffer makes OpenSSL answer as to any request that it cannot read.
    return encoded(state_->answer(request.size() <= largest_request ? request : ByteView("\0", 1), now).get());
}

Expected<Bytes> TimeStampAuthority::stamp(Digest const& imprint, Time now) const {
    auto const& state = *state_;
    if (now < state.valid_from || now > state.valid_to)
        return fail(ErrorKind::unavailable, "time_stamp_refused",
                    "The certificate of the built-in time-stamping authority is not valid now; make another key.");
    auto const serial = new_serial();
    auto const info = TokenForm::tst_info({imprint, state.policy_octets, serial, now});
    auto const attributes = state.form.signed_attributes(info);
    return state.form.token(info, attributes, state.signing.sign(sha256(attributes)));
}

}  // namespace rapport::evidence
