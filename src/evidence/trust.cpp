// Chains of certificates (RFC 5280 §6), checked by OpenSSL once and remembered with the time in which they hold.
#include "evidence/trust.hpp"

#include <algorithm>

#include "base/crypto.hpp"

namespace rapport::evidence {
namespace {

constexpr std::size_t most_remembered = 1024;

using StoreContext = std::unique_ptr<X509_STORE_CTX, FreeWith<X509_STORE_CTX_free>>;
using Stack = std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * s) { sk_X509_free(s); })>;

// Where a chain leads, and when it does.
struct Chain {
    std::string problem{};  // empty: to a root
    Time valid_from{}, valid_to{};
};

// `purpose`: one of X509_PURPOSE_…, 0 for any.
Chain check_chain(Trust const& trust, X509* own, std::vector<Certificate> const& others, int purpose) {
    Chain found;
    auto const store = store_of(trust, std::nullopt);
    X509_VERIFY_PARAM_set_flags(X509_STORE_get0_param(store.get()), X509_V_FLAG_NO_CHECK_TIME);
    Stack const untrusted(sk_X509_new_null());
    for (auto const& each : others) sk_X509_push(untrusted.get(), each.get());
    StoreContext const context(X509_STORE_CTX_new());
    openssl_must(context && X509_STORE_CTX_init(context.get(), store.get(), own, untrusted.get()) == 1 &&
                     (purpose == 0 || X509_STORE_CTX_set_purpose(context.get(), purpose) == 1),
                 "check a chain");
    if (X509_verify_cert(context.get()) != 1) {
        found.problem = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
        return found;
    }
    found.valid_from = Time::min();
    found.valid_to = Time::max();
    STACK_OF(X509)* const path = X509_STORE_CTX_get0_chain(context.get());
    for (int i = 0; i < sk_X509_num(path); ++i) {
        auto const from = time_of(X509_get0_notBefore(sk_X509_value(path, i)));
        auto const to = time_of(X509_get0_notAfter(sk_X509_value(path, i)));
        if (!from || !to) {
            found.problem = "a certificate's dates cannot be read";
            return found;
        }
        found.valid_from = std::max(found.valid_from, *from);
        found.valid_to = std::min(found.valid_to, *to);
    }
    return found;
}

PKey public_key_of(X509* certificate) {
    EVP_PKEY* const key = X509_get0_pubkey(certificate);
    return PKey(key && EVP_PKEY_up_ref(key) == 1 ? key : nullptr);
}

std::shared_ptr<CheckedSigner const> look_at(Trust const& trust, std::vector<Bytes> const& chain) {
    std::vector<Certificate> parsed;
    for (auto const& der : chain) {
        auto read = read_certificates(der);
        if (!read) return nullptr;
        parsed.push_back(std::move(read->front()));
    }
    if (parsed.empty()) return nullptr;
    Certificate const own = std::move(parsed.front());
    parsed.erase(parsed.begin());
    auto key = public_key_of(own.get());
    if (!key) return nullptr;
    auto found = std::make_shared<CheckedSigner>(std::move(key));
    found->subject = name_text(X509_get_subject_name(own.get()));
    auto const usage = X509_get_key_usage(own.get());
    found->usable = !X509_check_ca(own.get()) && (usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0;
    auto const path = check_chain(trust, own.get(), parsed, 0);
    found->chain_problem = path.problem;
    found->valid_from = path.valid_from;
    found->valid_to = path.valid_to;
    ERR_clear_error();
    return found;
}

std::vector<Certificate> one_after_the_other(ByteView certificates) {
    std::vector<Certificate> found;
    unsigned char const* at = octets(certificates);
    unsigned char const* const end = at + certificates.size();
    while (at < end) {
        found.emplace_back(d2i_X509(nullptr, &at, end - at));
        if (!found.back()) return {};
    }
    return found;
}

std::shared_ptr<CheckedAuthority const> look_at_authority(Trust const& trust, ByteView certificates) {
    auto parsed = one_after_the_other(certificates);
    auto const stamps = [](Certificate const& each) {
        return X509_check_purpose(each.get(), X509_PURPOSE_TIMESTAMP_SIGN, 0) == 1;
    };
    if (std::ranges::count_if(parsed, stamps) != 1) return nullptr;
    auto const at = std::ranges::find_if(parsed, stamps);
    Certificate const own = std::move(*at);
    parsed.erase(at);
    auto key = public_key_of(own.get());
    if (!key) return nullptr;
    auto const path = check_chain(trust, own.get(), parsed, X509_PURPOSE_TIMESTAMP_SIGN);
    if (!path.problem.empty()) return nullptr;
    auto found = std::make_shared<CheckedAuthority>(std::move(key), TokenForm(own.get(), parsed));
    found->subject = name_text(X509_get_subject_name(own.get()));
    found->fingerprint = sha256(der_of(own.get()));
    found->valid_from = path.valid_from;
    found->valid_to = path.valid_to;
    return found;
}

// From the memory, or by `look` into it. Roots that were added meanwhile are as new to it as to `look`.
template <class T>
std::shared_ptr<T const> remembered(Trust::State& state, std::map<Digest, std::shared_ptr<T const>>& memory,
                                    Digest const& key, auto const& look) {
    std::size_t roots = 0;
    {
        std::lock_guard const lock(state.mutex);
        if (auto const known = memory.find(key); known != memory.end()) return known->second;
        roots = state.roots.size();
    }
    std::shared_ptr<T const> found = look();
    std::lock_guard const lock(state.mutex);
    if (memory.size() >= most_remembered) memory.clear();
    if (roots == state.roots.size()) memory[key] = found;
    return found;
}

}  // namespace

Trust::Trust() : state_(std::make_unique<State>()) {}
Trust::~Trust() = default;
Trust::Trust(Trust&&) noexcept = default;
Trust& Trust::operator=(Trust&&) noexcept = default;

Expected<> Trust::add_root(ByteView pem_or_der) {
    auto read = read_certificates(pem_or_der);
    if (!read) return fail(read.error());
    std::lock_guard const lock(state_->mutex);
    for (auto& certificate : *read) state_->roots.push_back(std::move(certificate));
    state_->signers.clear();
    state_->authorities.clear();
    return {};
}

CertificateStore store_of(Trust const& trust, std::optional<Time> at) {
    CertificateStore store(X509_STORE_new());
    openssl_must(store != nullptr, "make a store");
    std::lock_guard const lock(trust.state().mutex);
    for (auto const& root : trust.state().roots) X509_STORE_add_cert(store.get(), root.get());
    if (at)
        X509_VERIFY_PARAM_set_time(
            X509_STORE_get0_param(store.get()),
            static_cast<time_t>(std::chrono::floor<std::chrono::seconds>(*at).time_since_epoch().count()));
    return store;
}

std::shared_ptr<CheckedSigner const> checked_signer(Trust const& trust, std::vector<Bytes> const& chain) {
    Sha256 all;
    for (auto const& der : chain) all.add(std::to_string(der.size())).add(":").add(der);
    auto& state = trust.state();
    return remembered(state, state.signers, all.finish(), [&] { return look_at(trust, chain); });
}

std::shared_ptr<CheckedAuthority const> checked_authority(Trust const& trust, ByteView certificates) {
    auto& state = trust.state();
    auto found = remembered(state, state.authorities, sha256(certificates),
                            [&] { return look_at_authority(trust, certificates); });
    ERR_clear_error();
    return found;
}

}  // namespace rapport::evidence
