// Chains of certificates (RFC 5280 §6), checked by OpenSSL once and remembered with the time in which they hold.
#include "evidence/trust.hpp"

#include <algorithm>
#include <atomic>

#include "base/crypto.hpp"

namespace rapport::evidence {
namespace {

constexpr std::size_t most_remembered = 1024;
std::atomic<std::uint64_t> next_signer_number{1};

using StoreContext = std::unique_ptr<X509_STORE_CTX, FreeWith<X509_STORE_CTX_free>>;
using Stack = std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * s) { sk_X509_free(s); })>;

void check_chain(CheckedSigner& found, Trust const& trust, X509* own, std::vector<Certificate> const& others) {
    auto const store = store_of(trust, std::nullopt);
    X509_VERIFY_PARAM_set_flags(X509_STORE_get0_param(store.get()), X509_V_FLAG_NO_CHECK_TIME);
    Stack const untrusted(sk_X509_new_null());
    for (auto const& each : others) sk_X509_push(untrusted.get(), each.get());
    StoreContext const context(X509_STORE_CTX_new());
    openssl_must(context && X509_STORE_CTX_init(context.get(), store.get(), own, untrusted.get()) == 1,
                 "check a chain");
    if (X509_verify_cert(context.get()) != 1) {
        found.chain_problem = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
        return;
    }
    found.valid_from = Time::min();
    found.valid_to = Time::max();
    STACK_OF(X509)* const path = X509_STORE_CTX_get0_chain(context.get());
    for (int i = 0; i < sk_X509_num(path); ++i) {
        auto const from = time_of(X509_get0_notBefore(sk_X509_value(path, i)));
        auto const to = time_of(X509_get0_notAfter(sk_X509_value(path, i)));
        if (!from || !to) {
            found.chain_problem = "a certificate's dates cannot be read";
            return;
        }
        found.valid_from = std::max(found.valid_from, *from);
        found.valid_to = std::min(found.valid_to, *to);
    }
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
    auto found = std::make_shared<CheckedSigner>();
    found->number = next_signer_number++;
    EVP_PKEY* const key = X509_get0_pubkey(own.get());
    if (!key || EVP_PKEY_up_ref(key) != 1) return nullptr;
    found->key.reset(key);
    found->subject = name_text(X509_get_subject_name(own.get()));
    auto const usage = X509_get_key_usage(own.get());
    found->usable = !X509_check_ca(own.get()) && (usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0;
    check_chain(*found, trust, own.get(), parsed);
    ERR_clear_error();
    return found;
}

}  // namespace

// Preparing a context costs a fifth of a verification: each thread keeps those of the signers it saw last.
bool signed_by(CheckedSigner const& signer, ByteView der, Digest const& digest) {
    struct Entry {
        std::uint64_t number;
        PKeyContext context;
    };
    thread_local std::vector<Entry> entries;
    auto entry = std::ranges::find(entries, signer.number, &Entry::number);
    if (entry == entries.end()) {
        if (!is_p256(signer.key.get())) return false;
        PKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, signer.key.get(), nullptr));
        openssl_must(context && EVP_PKEY_verify_init(context.get()) == 1, "prepare to verify");
        if (entries.size() == 16) entries.pop_back();
        entry = entries.insert(entries.begin(), Entry{signer.number, std::move(context)});
    }
    if (EVP_PKEY_verify(entry->context.get(), octets(der), der.size(), digest.octets.data(), digest.octets.size()) == 1)
        return true;
    ERR_clear_error();
    return false;
}

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
    auto const key = all.finish();
    auto& state = trust.state();
    {
        std::lock_guard const lock(state.mutex);
        if (auto const known = state.signers.find(key); known != state.signers.end()) return known->second;
    }
    auto found = look_at(trust, chain);
    std::lock_guard const lock(state.mutex);
    if (state.signers.size() >= most_remembered) state.signers.clear();
    if (found) state.signers[key] = found;
    return found;
}

}  // namespace rapport::evidence
