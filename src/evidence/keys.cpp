// The folder of keys: NAME.key (private, PKCS#8 PEM), NAME.crt (chain, PEM), demo-root.*, and `current`, a line
// "purpose name" for each purpose. Files are written beside and renamed; see docs/formats/evidence.md.
#include "evidence/keys.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "evidence/certificates.hpp"
#include "evidence/openssl.hpp"

namespace rapport::evidence {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view purpose_names[] = {"seal", "tsa", "log"};

std::string_view text_of(KeyPurpose purpose) { return purpose_names[static_cast<std::size_t>(purpose)]; }

auto unreadable(fs::path const& path) {
    return fail(ErrorKind::unavailable, "keys_unreadable",
                "The keys cannot be read or written: " + path.string() + ": " + std::strerror(errno));
}

Expected<Bytes> read_file(fs::path const& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream bytes;
    if (!file || !(bytes << file.rdbuf())) return unreadable(path);
    return std::move(bytes).str();
}

bool write_all(int descriptor, ByteView bytes) {
    while (!bytes.empty()) {
        auto const n = ::write(descriptor, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

// Whole or not at all, readable by its owner only.
Expected<> write_file(fs::path const& path, ByteView bytes) {
    auto const beside = path.string() + ".new";
    int const descriptor = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) return unreadable(path);
    bool const written = write_all(descriptor, bytes) && ::fsync(descriptor) == 0;
    if (::close(descriptor) != 0 || !written || ::rename(beside.c_str(), path.c_str()) != 0) return unreadable(path);
    int const folder = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return unreadable(path);
    bool const kept = ::fsync(folder) == 0;
    ::close(folder);
    if (!kept) return unreadable(path);
    return {};
}

Expected<> check_mode(fs::path const& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return unreadable(path);
    if ((status.st_mode & 077) != 0)
        return fail(
            ErrorKind::unavailable, "keys_exposed",
            "Others than the owner may read " + path.string() + ": chmod go-rwx it, and think about a new key.");
    return {};
}

// Released with the last reference to it, and by the kernel when the program dies. Empty when it cannot be had.
std::shared_ptr<int> lock_folder(fs::path const& folder) {
    int const descriptor = ::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) return nullptr;
    int result = 0;
    do result = ::flock(descriptor, LOCK_EX);
    while (result != 0 && errno == EINTR);
    if (result != 0) {
        ::close(descriptor);
        return nullptr;
    }
    return {new int(descriptor), [](int* held) {
                ::close(*held);
                delete held;
            }};
}

Bytes raw_seed(EVP_PKEY* key) {
    Bytes seed(32, '\0');
    std::size_t size = seed.size();
    openssl_must(EVP_PKEY_get_raw_private_key(key, octets(seed), &size) == 1 && size == 32, "read an Ed25519 key");
    return seed;
}

void describe_certificate(KeyInfo& info, X509* certificate) {
    info.algorithm = is_p256(X509_get0_pubkey(certificate)) ? "ECDSA P-256" : "unsupported";
    info.subject = name_text(X509_get_subject_name(certificate));
    info.issuer = name_text(X509_get_issuer_name(certificate));
    info.fingerprint = to_hex(sha256(der_of(certificate)).view());
    info.not_before = time_of(X509_get0_notBefore(certificate));
    info.not_after = time_of(X509_get0_notAfter(certificate));
    info.demo = is_demo(certificate);
}

}  // namespace

struct KeyStore::State {
    fs::path folder;
    std::map<std::string, KeyInfo, std::less<>> keys;
    std::map<KeyPurpose, std::string> current;

    fs::path file(std::string_view name, char const* extension) const {
        return folder / (std::string(name) + extension);
    }
    Expected<> load();
    Expected<KeyInfo> read_info(KeyPurpose purpose, std::string const& name) const;
    Expected<Bytes> log_public_key(std::string const& name) const;
    std::vector<std::string> earlier_logs() const;  // newest first
    Expected<KeyInfo> add(KeyPurpose purpose, ByteView key_pem, ByteView chain_pem);
    Expected<> make_current(KeyPurpose purpose, std::string const& name);
    Expected<DemoAuthority> demo_authority(std::string_view organisation, Time now);
    Expected<std::string> current_of(KeyPurpose purpose) const;
    Expected<TsaKey> pair(KeyPurpose purpose) const;
};

// From the private half, or, of a retired key, from the 64 hex digits in NAME.pub.
Expected<Bytes> KeyStore::State::log_public_key(std::string const& name) const {
    if (!fs::exists(file(name, ".key"))) {
        auto const text = read_file(file(name, ".pub"));
        if (!text) return fail(text.error());
        auto const raw = from_hex(trimmed(*text));
        if (raw && raw->size() == 32) return *raw;
        return fail(ErrorKind::invalid, "keys_unreadable", "The log's public key " + name + ".pub is damaged.");
    }
    auto const pem = read_file(file(name, ".key"));
    auto const key = pem ? read_private_key(*pem) : Expected<PKey>(fail(pem.error()));
    if (!key) return fail(key.error());
    Bytes public_key(32, '\0');
    std::size_t size = public_key.size();
    if (EVP_PKEY_get_raw_public_key(key->get(), octets(public_key), &size) != 1)
        return fail(ErrorKind::invalid, "algorithm_unsupported", "The log's key " + name + " is not Ed25519.");
    return public_key;
}

Expected<KeyInfo> KeyStore::State::read_info(KeyPurpose purpose, std::string const& name) const {
    KeyInfo info;
    info.purpose = purpose;
    info.name = name;
    info.has_private_key = fs::exists(file(name, ".key"));
    if (info.has_private_key)
        if (auto const checked = check_mode(file(name, ".key")); !checked) return fail(checked.error());
    if (purpose == KeyPurpose::log) {
        auto const public_key = log_public_key(name);
        if (!public_key) return fail(public_key.error());
        info.algorithm = "Ed25519";
        info.fingerprint = to_hex(sha256(*public_key).view());
        info.demo = false;
        return info;
    }
    auto const pem = read_file(file(name, ".crt"));
    auto const chain = pem ? read_certificates(*pem) : Expected<std::vector<Certificate>>(fail(pem.error()));
    if (!chain) return fail(chain.error());
    describe_certificate(info, chain->front().get());
    return info;
}

Expected<> KeyStore::State::load() {
    std::error_code error;
    for (auto const& entry : fs::directory_iterator(folder, error)) {
        auto const name = entry.path().stem().string();
        auto const extension = entry.path().extension();
        if (extension != ".crt" && extension != ".key" && extension != ".pub") continue;
        for (std::size_t i = 0; i < std::size(purpose_names); ++i) {
            auto const purpose = static_cast<KeyPurpose>(i);
            bool const named_by = purpose == KeyPurpose::log ? extension != ".crt" : extension == ".crt";
            if (!named_by || !name.starts_with(std::string(purpose_names[i]) + "-")) continue;
            auto info = read_info(purpose, name);
            if (!info) return fail(info.error());
            keys[name] = std::move(*info);
        }
    }
    if (error) return unreadable(folder);
    if (!fs::exists(folder / "current")) return {};
    auto const lines = read_file(folder / "current");
    if (!lines) return fail(lines.error());
    std::istringstream in(*lines);
    for (std::string purpose, name; in >> purpose >> name;) {
        auto const found = std::ranges::find(purpose_names, purpose);
        auto const key = keys.find(name);
        if (found == std::end(purpose_names) || key == keys.end()) continue;
        current[static_cast<KeyPurpose>(found - purpose_names)] = name;
        key->second.current = true;
    }
    return {};
}

Expected<> KeyStore::State::make_current(KeyPurpose purpose, std::string const& name) {
    auto changed = current;
    changed[purpose] = name;
    std::string lines;
    for (auto const& [each, its_name] : changed) lines += std::string(text_of(each)) + ' ' + its_name + '\n';
    if (auto const written = write_file(folder / "current", lines); !written) return fail(written.error());
    current = std::move(changed);
    for (auto& [each, info] : keys)
        if (info.purpose == purpose) info.current = each == name;
    return {};
}

Expected<KeyInfo> KeyStore::State::add(KeyPurpose purpose, ByteView key_pem, ByteView chain_pem) {
    std::string name;
    // Never a number again that an old private key may still lie under.
    for (int number = 1; name.empty() || keys.contains(name) || fs::exists(file(name, ".key")); ++number)
        name = std::string(text_of(purpose)) + '-' + std::to_string(number);
    // The key first: a certificate without a key is an old one, a key without a certificate is passed over.
    if (auto const written = write_file(file(name, ".key"), key_pem); !written) return fail(written.error());
    if (!chain_pem.empty())
        if (auto const written = write_file(file(name, ".crt"), chain_pem); !written) return fail(written.error());
    auto info = read_info(purpose, name);
    if (!info) return fail(info.error());
    keys[name] = *info;
    if (auto const done = make_current(purpose, name); !done) return fail(done.error());
    return keys[name];
}

Expected<DemoAuthority> KeyStore::State::demo_authority(std::string_view organisation, Time now) {
    if (!fs::exists(file("demo-root", ".crt"))) {
        auto made = DemoAuthority::make(organisation, now);
        auto const root = made.root();
        if (auto const written = write_file(file("demo-root", ".key"), root.key_pem); !written)
            return fail(written.error());
        if (auto const written = write_file(file("demo-root", ".crt"), root.certificate_pem); !written)
            return fail(written.error());
        return made;
    }
    auto const key = read_file(file("demo-root", ".key")), certificate = read_file(file("demo-root", ".crt"));
    if (!key) return fail(key.error());
    if (!certificate) return fail(certificate.error());
    return DemoAuthority::load(*key, *certificate);
}

Expected<std::string> KeyStore::State::current_of(KeyPurpose purpose) const {
    auto const found = current.find(purpose);
    if (found == current.end())
        return fail(ErrorKind::unavailable, "key_missing",
                    "There is no current key for \"" + std::string(text_of(purpose)) + "\": run `rapport key make " +
                        std::string(text_of(purpose)) + "` or import one.");
    return found->second;
}

Expected<KeyStore::TsaKey> KeyStore::State::pair(KeyPurpose purpose) const {
    auto const name = current_of(purpose);
    if (!name) return fail(name.error());
    auto key = read_file(file(*name, ".key")), chain = read_file(file(*name, ".crt"));
    if (!key) return fail(key.error());
    if (!chain) return fail(chain.error());
    return TsaKey{std::move(*key), std::move(*chain)};
}

KeyStore::KeyStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
KeyStore::~KeyStore() = default;
KeyStore::KeyStore(KeyStore&&) noexcept = default;
KeyStore& KeyStore::operator=(KeyStore&&) noexcept = default;

Expected<KeyStore> KeyStore::open(fs::path folder) {
    std::error_code error;
    if (!fs::exists(folder, error)) {
        fs::create_directories(folder, error);
        if (error || ::chmod(folder.c_str(), 0700) != 0) return unreadable(folder);
    }
    auto state = std::make_unique<State>();
    state->folder = std::move(folder);
    if (auto const loaded = state->load(); !loaded) return fail(loaded.error());
    return KeyStore(std::move(state));
}

std::vector<KeyInfo> KeyStore::list() const {
    std::vector<KeyInfo> found;
    for (auto const& [name, info] : state_->keys) found.push_back(info);
    return found;
}

Expected<KeyInfo> KeyStore::show(std::string_view name) const {
    auto const found = state_->keys.find(name);
    if (found == state_->keys.end())
        return fail(ErrorKind::not_found, "key_unknown", "There is no key called \"" + std::string(name) + "\".");
    return found->second;
}

Expected<Bytes> KeyStore::certificate_pem(std::string_view name) const {
    if (auto const known = show(name); !known) return fail(known.error());
    return read_file(state_->file(name, ".crt"));
}

Expected<KeyInfo> KeyStore::make(KeyPurpose purpose, std::string_view organisation, Time now) {
    if (purpose == KeyPurpose::log) {
        PKey const key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
        openssl_must(key != nullptr, "make a key");
        return state_->add(purpose, pem_of(key.get()), {});
    }
    auto const authority = state_->demo_authority(organisation, now);
    if (!authority) return fail(authority.error());
    auto const made = authority->issue(purpose, organisation, now);
    return state_->add(purpose, made.key_pem, made.certificate_pem);
}

Expected<KeyInfo> KeyStore::import(KeyPurpose purpose, ByteView key_pem, ByteView chain_pem, Time now) {
    if (purpose == KeyPurpose::log) {
        auto const key = read_private_key(key_pem);
        if (!key) return fail(key.error());
        if (!EVP_PKEY_is_a(key->get(), "ED25519"))
            return fail(ErrorKind::unsupported, "algorithm_unsupported", "The log's key must be Ed25519.");
        return state_->add(purpose, pem_of(key->get()), {});
    }
    auto const checked = check_key(key_pem, chain_pem, now);
    if (!checked) return fail(checked.error());
    Bytes chain;
    for (auto const& certificate : checked->chain) chain += pem_of(certificate.get());
    return state_->add(purpose, pem_of(checked->key.get()), chain);
}

Expected<> KeyStore::make_missing(std::string_view organisation, Time now) {
    auto const all = [&] { return state_->current.size() == std::size(purpose_names); };
    if (all()) return {};
    // Several programs may start on a new folder at once: one makes the keys, the others find them.
    auto const lock = lock_folder(state_->folder);
    if (!lock) return unreadable(state_->folder / "lock");
    if (auto const again = state_->load(); !again) return fail(again.error());
    for (auto const purpose : {KeyPurpose::seal, KeyPurpose::tsa, KeyPurpose::log}) {
        if (state_->current.contains(purpose)) continue;
        if (auto const made = make(purpose, organisation, now); !made) return fail(made.error());
    }
    return {};
}

Expected<std::shared_ptr<Signer const>> KeyStore::seal_signer(Time now) const {
    auto const pair = state_->pair(KeyPurpose::seal);
    if (!pair) return fail(pair.error());
    return load_signer(pair->key_pem, pair->chain_pem, now);
}

Expected<KeyStore::TsaKey> KeyStore::tsa_key(Time now) const {
    auto pair = state_->pair(KeyPurpose::tsa);
    if (!pair) return fail(pair.error());
    if (auto const checked = check_key(pair->key_pem, pair->chain_pem, now); !checked) return fail(checked.error());
    return pair;
}

Expected<Bytes> KeyStore::log_seed() const {
    auto const name = state_->current_of(KeyPurpose::log);
    if (!name) return fail(name.error());
    auto const pem = read_file(state_->file(*name, ".key"));
    if (!pem) return fail(pem.error());
    auto const key = read_private_key(*pem);
    if (!key) return fail(key.error());
    return raw_seed(key->get());
}

std::vector<std::string> KeyStore::State::earlier_logs() const {
    std::vector<std::pair<int, std::string>> found;
    for (auto const& [name, info] : keys)
        if (info.purpose == KeyPurpose::log && !info.current)
            found.emplace_back(std::atoi(name.c_str() + name.rfind('-') + 1), name);
    std::ranges::sort(found, std::ranges::greater());
    std::vector<std::string> names;
    for (auto& [number, name] : found) names.push_back(std::move(name));
    return names;
}

std::vector<Bytes> KeyStore::earlier_log_seeds() const {
    std::vector<Bytes> seeds;
    for (auto const& name : state_->earlier_logs()) {
        if (!state_->keys.at(name).has_private_key) continue;
        auto const pem = read_file(state_->file(name, ".key"));
        auto const key = pem ? read_private_key(*pem) : Expected<PKey>(fail(pem.error()));
        if (key) seeds.push_back(raw_seed(key->get()));
    }
    return seeds;
}

std::vector<Bytes> KeyStore::earlier_log_keys() const {
    std::vector<Bytes> keys;
    for (auto const& name : state_->earlier_logs())
        if (auto key = state_->log_public_key(name)) keys.push_back(std::move(*key));
    return keys;
}

Expected<> KeyStore::retire(std::string_view name) {
    auto const known = show(name);
    if (!known) return fail(known.error());
    if (known->current)
        return fail(ErrorKind::conflict, "key_in_force",
                    "The key " + std::string(name) + " is in force: make or import another one first.");
    if (!known->has_private_key) return {};
    if (known->purpose == KeyPurpose::log) {
        auto const public_key = state_->log_public_key(known->name);
        if (!public_key) return fail(public_key.error());
        if (auto const kept = write_file(state_->file(name, ".pub"), to_hex(*public_key) + "\n"); !kept)
            return fail(kept.error());
    }
    auto const path = state_->file(name, ".key");
    // Overwritten first, for what that is worth on the disk at hand.
    if (auto const blank = write_file(path, Bytes(fs::file_size(path), '0')); !blank) return fail(blank.error());
    std::error_code error;
    if (!fs::remove(path, error)) return unreadable(path);
    state_->keys.at(known->name).has_private_key = false;
    return {};
}

Bytes KeyStore::roots_pem() const {
    Bytes roots;
    auto const take = [&roots](fs::path const& path) {
        auto const pem = read_file(path);
        auto const chain = pem ? read_certificates(*pem) : Expected<std::vector<Certificate>>(fail(pem.error()));
        if (!chain) return;
        for (auto const& certificate : *chain)
            if (is_self_signed(certificate.get()))
                if (auto const root = pem_of(certificate.get()); roots.find(root) == Bytes::npos) roots += root;
    };
    if (fs::exists(state_->file("demo-root", ".crt"))) take(state_->file("demo-root", ".crt"));
    for (auto const& [name, info] : state_->keys)
        if (info.purpose != KeyPurpose::log) take(state_->file(name, ".crt"));
    return roots;
}

Trust KeyStore::trust() const {
    Trust trust;
    if (auto const roots = roots_pem(); !roots.empty())
        require(trust.add_root(roots).has_value(), "roots were read before");
    return trust;
}

}  // namespace rapport::evidence
