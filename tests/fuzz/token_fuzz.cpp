// Tokens and key sets of identity providers, hostile ones too: nothing verifies but what was signed, whatever the
// header says; a key set is bounded and holds keys of the promised sizes only.
#include <openssl/evp.h>

#include "identity/jose.hpp"

#include <algorithm>

#include "property.hpp"

namespace rapport::identity {
namespace {

using fuzz::holds;

// The provider's keys, one for each algorithm, and what it signed with them: corpus/token holds the same.
constexpr std::string_view keys_text =
    R"({"keys":[{"kid":"r","kty":"RSA","alg":"RS256","use":"sig","n":"vwdvHoj-MeBTBYurmddusBdq4hkmwNTSYhsD1nT9kZUoEiPLf6DZq8QmcBPLAeUD3YC7x5U1GoNBy19-Qtaj6yHxK7z_CDdkRIBExcZUeVaxt5Un5errLR_zaR7bF9N_vJFZXMAuys-Xw5Gfx2mzAT7X5kHvLeMXVhROL1nq7FdOAeN-YN3zuqK8nFupABUYX1nwVEzFVwH8DWFMPtBIyEi5SCEoSQovxO9O43Zacy_wJeUK4-W4TIXG-gNIicvpcKFhoFdHKQCYspkRU0yoway-n19bdIRnAiA_ndvgNlN9UKoExw3wZYb5kTL4ggVWl-X8AaA2_k1M-Rh_ISq3oQ","e":"AQAB"},{"kid":"p","kty":"RSA","alg":"PS256","n":"vwdvHoj-MeBTBYurmddusBdq4hkmwNTSYhsD1nT9kZUoEiPLf6DZq8QmcBPLAeUD3YC7x5U1GoNBy19-Qtaj6yHxK7z_CDdkRIBExcZUeVaxt5Un5errLR_zaR7bF9N_vJFZXMAuys-Xw5Gfx2mzAT7X5kHvLeMXVhROL1nq7FdOAeN-YN3zuqK8nFupABUYX1nwVEzFVwH8DWFMPtBIyEi5SCEoSQovxO9O43Zacy_wJeUK4-W4TIXG-gNIicvpcKFhoFdHKQCYspkRU0yoway-n19bdIRnAiA_ndvgNlN9UKoExw3wZYb5kTL4ggVWl-X8AaA2_k1M-Rh_ISq3oQ","e":"AQAB"},{"kid":"e","kty":"EC","crv":"P-256","x":"Y0tjeDjPMlIOKQy4WIn4kWg0KdsEdX1y-d8PztUndvA","y":"mr3fYa6YEf4yeIHHcah1XKQqvz0wY1c8yUNw6Jvmnhk"},{"kid":"d","kty":"OKP","crv":"Ed25519","x":"5F7YdHmkkfsKLOgesOWN9oIEExrm6JEdWy4AgJZK1v0"}]})";
constexpr std::string_view signed_texts[] = {
    "eyJhbGciOiJSUzI1NiIsImtpZCI6InIifQ."
    "eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJyYXBwb3J0Iiwic3ViIjoiMSIsIm5vbmNlIjoibiIsImV4cCI6MTgwMDAwMDAwMCwiYW"
    "NyIjoic3Vic3RhbnRpYWwifQ.g9r3AIvKMzxK-1C4pfR8BQ4OIHLF5ye8Qzdm8TFu0RaIX-hKLgZgRgMR67WzUtBSOxHzT78_"
    "NtKhpEikKxZg6PnCnkdG_0ElykmjIA_77w-k9QS3r1K0P3FSPVQAlpNV-Y3AS0iK_l9H6IxMESRKD70r45bOLnBJrXVMvdrh9-"
    "lOVQLHAqsAvAEFo1WXWckQeuKrhhtMFtboZarMj6UPI3c6t5sLXM8sIoACT0lcd_Qik8TpqK6TqJQSw5kL-"
    "WNelFdxoWlnJ4d6kftTd7UpSmca2FxWqfer2DBHK0zongvhw4dRPDf99vsYsLGUONL710kJt9xVrJqr6cFFnWLtgA",
    "eyJhbGciOiJQUzI1NiIsImtpZCI6InAifQ."
    "eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJyYXBwb3J0Iiwic3ViIjoiMSIsIm5vbmNlIjoibiIsImV4cCI6MTgwMDAwMDAwMCwiYW"
    "NyIjoic3Vic3RhbnRpYWwifQ.VZND4Cr7EASLuxyuxNcU0saMG-3kMfXGcI807KTjinxZcT5OIv5R2Ur6mYvZG06ljtNAL1Gm_2G9mB-"
    "6YSGd85IbqQ8nuwC1W30suGhCUA620AXp4vBugwt6enoQP8P4DEsGG7_xFk8ypM9y8iNCpDupd_QRHv_"
    "5TYGZYmeplJrlDClCh29ZqdPHOK79DUNqHQb5MSE3tasKInAsLSsRgH2nMcPalpidU20R8qQk2r1EbJ5IWb4FB5fZm_5MoQE9D_7dk-"
    "wRSzvj08SQwwkx1_XGiK8xcSZ44xecpGTdoFjC4oAw-sq-KO_iXiEwTnois089yYcs7mt16KNXzUb-rg",
    "eyJhbGciOiJFUzI1NiIsImtpZCI6ImUiLCJ0eXAiOiJKV1QifQ."
    "eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJyYXBwb3J0Iiwic3ViIjoiMSIsIm5vbmNlIjoibiIsImV4cCI6MTgwMDAwMDAwMCwiYW"
    "NyIjoic3Vic3RhbnRpYWwifQ.hPFO0S7pJOhOkxBW2wYGrI8hkhvzB0ttH6EU5RKvr_XNymJyKtXMS-cYidAblbPIPgc4ywYRZzsXARQhpGti-g",
    "eyJhbGciOiJFZERTQSIsImtpZCI6ImQifQ."
    "eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJyYXBwb3J0Iiwic3ViIjoiMSIsIm5vbmNlIjoibiIsImV4cCI6MTgwMDAwMDAwMCwiYW"
    "NyIjoic3Vic3RhbnRpYWwifQ.QB5CUORMCccup5iCYtwmSW7iFqC5L3swXgzjC_u0TTi8KXl9ACvfTEhWI53MoPkfxKRWBqbZjooqY74aluwUBw",
};

KeySet const& keys() {
    static KeySet const set = *read_key_set(keys_text);
    return set;
}

void try_token(std::string_view text) {
    auto const token = read_token(text);
    if (!token) return;
    holds(text.size() <= most_token_octets && token->signed_size < text.size(), "a token is bounded");
    if (!verify(*token, keys())) return;
    auto const said = text.substr(0, token->signed_size);
    holds(std::ranges::any_of(
              signed_texts,
              [&](auto one) { return one.size() > said.size() && one.starts_with(said) && one[said.size()] == '.'; }),
          "nothing verifies but what was signed");
}

void try_keys(std::string_view text) {
    auto const set = read_key_set(text);
    if (!set) return;
    holds(set->size() <= most_keys, "at most so many keys");
    for (auto const& key : *set) {
        auto const bits = EVP_PKEY_get_bits(key.key.get());
        holds(bits >= 250 && bits <= 8192 && !key.algorithms.empty(), "keys of the promised sizes, for some algorithm");
        for (auto const one : signed_texts)
            if (auto const token = read_token(one)) (void)verify(*token, {key});
    }
}

}  // namespace
}  // namespace rapport::identity

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    using namespace rapport::identity;
    for (auto const one : signed_texts)
        rapport::fuzz::holds(verify(*read_token(one), keys()).has_value(), "what the provider signed verifies");
    return 0;
}
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const text = rapport::fuzz::text_of(data, size);
    if (text.starts_with('{'))
        rapport::identity::try_keys(text);
    else
        rapport::identity::try_token(text);
    return 0;
}
