// Registration and assertion of passkeys, over libfido2.
#include "identity/passkey.hpp"

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>

#include <memory>

#include "base/crypto.hpp"
#include "base/json.hpp"
#include "identity/jose.hpp"

namespace rapport::identity {
namespace {

constexpr std::size_t most_octets = 4096;
constexpr std::size_t least_authenticator_data = 37;  // §6.1: rpIdHash, flags, counter
constexpr unsigned char user_present = 0x01, user_verified = 0x04;

std::unexpected<Error> refused(std::string code, std::string text) {
    return fail(ErrorKind::forbidden, std::move(code), std::move(text));
}
std::unexpected<Error> malformed() { return refused("passkey_malformed", "The passkey's answer cannot be read."); }

unsigned char const* octets(ByteView bytes) { return reinterpret_cast<unsigned char const*>(bytes.data()); }
Bytes bytes_of(unsigned char const* at, std::size_t size) {
    return at ? Bytes(reinterpret_cast<char const*>(at), size) : Bytes();
}

struct Delete {
    void operator()(fido_cred_t* p) const { fido_cred_free(&p); }
    void operator()(fido_assert_t* p) const { fido_assert_free(&p); }
    void operator()(es256_pk_t* p) const { es256_pk_free(&p); }
    void operator()(rs256_pk_t* p) const { rs256_pk_free(&p); }
    void operator()(eddsa_pk_t* p) const { eddsa_pk_free(&p); }
};
template <class T>
using Owned = std::unique_ptr<T, Delete>;

void begin() {
    static bool const begun = (fido_init(0), true);
    static_cast<void>(begun);
}

// §7.1 steps 5 to 11 and §7.2 steps 9 to 15, alike for both ceremonies.
Expected<> check_client_data(PasskeyParty const& party, std::string_view type, std::string_view challenge,
                             ByteView client_data) {
    if (client_data.size() > most_octets) return malformed();
    auto const value = json::parse(client_data);
    if (!value || !value->is_object()) return malformed();
    auto const& object = value->get_object();
    if (text_in(object, "type") != type) return malformed();
    auto const given = text_in(object, "challenge");
    if (!given || challenge.empty() || !equal_in_constant_time(*given, to_base64url(challenge)))
        return refused("passkey_challenge", "The passkey answered another question. Try again.");
    if (text_in(object, "origin") != party.origin)
        return refused("passkey_origin", "The passkey was used on another site.");
    auto const* cross = object.if_contains("crossOrigin");
    if (cross && cross->is_bool() && cross->get_bool())
        return refused("passkey_origin", "The passkey was used inside another site's page.");
    return {};
}

Expected<> check_authenticator_data(PasskeyParty const& party, ByteView data) {
    if (data.size() < least_authenticator_data || data.size() > most_octets) return malformed();
    if (!equal_in_constant_time(data.substr(0, 32), sha256(party.id).view()))
        return refused("passkey_party", "The passkey was made for another site.");
    auto const flags = octets(data)[32];
    if (!(flags & user_present) || !(flags & user_verified))
        return refused("passkey_not_verified",
                       "The passkey must ask for a PIN, a fingerprint or the like; this one did not.");
    return {};
}

// The raw authenticator data as the CBOR byte string that libfido2 parses: it has a call for the raw form too.
Owned<fido_cred_t> read_credential(PasskeyParty const& party, int algorithm, ByteView data) {
    Owned<fido_cred_t> credential(fido_cred_new());
    if (!credential || fido_cred_set_type(credential.get(), algorithm) != FIDO_OK ||
        fido_cred_set_rp(credential.get(), party.id.c_str(), nullptr) != FIDO_OK ||
        fido_cred_set_authdata_raw(credential.get(), octets(data), data.size()) != FIDO_OK ||
        !fido_cred_id_ptr(credential.get()) || !fido_cred_pubkey_ptr(credential.get()))
        return nullptr;
    return credential;
}

int verify_with(fido_assert_t const* assertion, Passkey const& passkey) {
    auto const* key = octets(passkey.key);
    auto const size = passkey.key.size();
    if (passkey.algorithm == COSE_ES256) {
        Owned<es256_pk_t> const pk(es256_pk_new());
        if (es256_pk_from_ptr(pk.get(), key, size) != FIDO_OK) return FIDO_ERR_INTERNAL;
        return fido_assert_verify(assertion, 0, COSE_ES256, pk.get());
    }
    if (passkey.algorithm == COSE_EDDSA) {
        Owned<eddsa_pk_t> const pk(eddsa_pk_new());
        if (eddsa_pk_from_ptr(pk.get(), key, size) != FIDO_OK) return FIDO_ERR_INTERNAL;
        return fido_assert_verify(assertion, 0, COSE_EDDSA, pk.get());
    }
    if (passkey.algorithm == COSE_RS256) {
        Owned<rs256_pk_t> const pk(rs256_pk_new());
        if (rs256_pk_from_ptr(pk.get(), key, size) != FIDO_OK) return FIDO_ERR_INTERNAL;
        return fido_assert_verify(assertion, 0, COSE_RS256, pk.get());
    }
    return FIDO_ERR_UNSUPPORTED_ALGORITHM;
}

}  // namespace

Expected<Passkey> check_registration(PasskeyParty const& party, std::string_view challenge,
                                     RegistrationReply const& reply) {
    begin();
    if (auto const good = check_client_data(party, "webauthn.create", challenge, reply.client_data); !good)
        return fail(good.error());
    if (auto const good = check_authenticator_data(party, reply.authenticator_data); !good) return fail(good.error());
    for (int const algorithm : passkey_algorithms) {
        auto const credential = read_credential(party, algorithm, reply.authenticator_data);
        if (!credential) continue;
        return Passkey{bytes_of(fido_cred_id_ptr(credential.get()), fido_cred_id_len(credential.get())), algorithm,
                       bytes_of(fido_cred_pubkey_ptr(credential.get()), fido_cred_pubkey_len(credential.get())),
                       fido_cred_sigcount(credential.get())};
    }
    return refused("passkey_unsupported", "This kind of passkey is not known here.");
}

Expected<std::uint32_t> check_assertion(PasskeyParty const& party, std::string_view challenge, Passkey const& passkey,
                                        AssertionReply const& reply) {
    begin();
    if (auto const good = check_client_data(party, "webauthn.get", challenge, reply.client_data); !good)
        return fail(good.error());
    if (auto const good = check_authenticator_data(party, reply.authenticator_data); !good) return fail(good.error());
    Owned<fido_assert_t> const assertion(fido_assert_new());
    auto* const a = assertion.get();
    auto const hash = sha256(reply.client_data);
    if (fido_assert_set_rp(a, party.id.c_str()) != FIDO_OK || fido_assert_set_count(a, 1) != FIDO_OK ||
        fido_assert_set_clientdata_hash(a, hash.octets.data(), hash.octets.size()) != FIDO_OK ||
        fido_assert_set_up(a, FIDO_OPT_TRUE) != FIDO_OK || fido_assert_set_uv(a, FIDO_OPT_TRUE) != FIDO_OK ||
        fido_assert_set_authdata_raw(a, 0, octets(reply.authenticator_data), reply.authenticator_data.size()) !=
            FIDO_OK ||
        reply.signature.empty() ||
        fido_assert_set_sig(a, 0, octets(reply.signature), reply.signature.size()) != FIDO_OK)
        return malformed();
    if (verify_with(a, passkey) != FIDO_OK)
        return refused("passkey_signature", "The passkey's signature is not right.");
    auto const count = fido_assert_sigcount(a, 0);
    // §7.2 step 21; authenticators that do not count always say 0.
    if ((count != 0 || passkey.count != 0) && count <= passkey.count)
        return refused("passkey_cloned", "This passkey may have been copied; it is not accepted any more.");
    return count;
}

}  // namespace rapport::identity
