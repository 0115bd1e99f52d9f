// Static files in memory.
#include "net/static_files.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "base/crypto.hpp"
#include "net/compress.hpp"

namespace rapport::net {

namespace {

struct TypeRow {
    std::string_view extension, type;
};
constexpr TypeRow types[] = {
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".webp", "image/webp"},
    {".gif", "image/gif"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".woff", "font/woff"},
    {".ttf", "font/ttf"},
    {".txt", "text/plain; charset=utf-8"},
    {".md", "text/plain; charset=utf-8"},
    {".xml", "application/xml"},
    {".pdf", "application/pdf"},
    {".wasm", "application/wasm"},
    {".zip", "application/zip"},
};

// "name-4f3a9c21.js", "name.4f3a9c21.js", "chunk-QX7ZK2AB.css": eight or more letters and digits, among them a digit,
// before the extension.
bool has_content_hash(std::string_view name) {
    auto const dot = name.rfind('.');
    if (dot == std::string_view::npos) return false;
    auto const mark = name.substr(0, dot).find_last_of("-.");
    if (mark == std::string_view::npos) return false;
    auto const hash = name.substr(mark + 1, dot - mark - 1);
    bool digit = false;
    for (char c : hash) {
        bool const alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!alnum) return false;
        digit = digit || (c >= '0' && c <= '9');
    }
    return hash.size() >= 8 && digit;
}

SharedBody packed(std::string_view plain, std::string_view type, Coding coding, int level) {
    if (plain.size() < least_worth_compressing || !is_compressible(type)) return nullptr;
    auto out = compress(plain, coding, level);
    if (out.size() >= plain.size()) return nullptr;
    return std::make_shared<std::string const>(std::move(out));
}

}  // namespace

std::string_view content_type_of_name(std::string_view name) {
    for (auto const& row : types)
        if (name.size() > row.extension.size() && name.ends_with(row.extension)) return row.type;
    return "application/octet-stream";
}

std::shared_ptr<StaticFiles const> StaticFiles::from(std::map<std::string, std::string> const& files, Options options) {
    auto out = std::make_shared<StaticFiles>();
    out->options_ = std::move(options);
    for (auto const& [name, content] : files) {
        File file;
        file.content_type = content_type_of_name(name);
        file.plain = std::make_shared<std::string const>(content);
        file.gzip = packed(content, file.content_type, Coding::gzip, 6);
        file.brotli = packed(content, file.content_type, Coding::brotli, 5);
        file.etag = to_hex(sha256(content).view().substr(0, 12));
        file.immutable = has_content_hash(name);
        out->files_.emplace(name, std::move(file));
    }
    return out;
}

std::shared_ptr<StaticFiles const> StaticFiles::load(std::filesystem::path const& folder, Options options) {
    std::map<std::string, std::string> files;
    std::size_t total = 0;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        if (!in) throw std::runtime_error("cannot read " + entry.path().string());
        std::string content{std::istreambuf_iterator<char>(in), {}};
        total += content.size();
        if (total > 64 << 20) throw std::runtime_error("more than 64 MiB of static files in " + folder.string());
        files.emplace(entry.path().lexically_relative(folder).generic_string(), std::move(content));
    }
    return from(files, std::move(options));
}

std::optional<Response> StaticFiles::find(Request const& request, std::string_view path) const {
    if (path.find("..") != std::string_view::npos) return {};  // looked up in memory, but no such name is ours
    auto found = files_.find(path.empty() ? "index.html" : path);
    if (found == files_.end() && path.ends_with('/')) found = files_.find(std::string(path) + "index.html");
    auto const last = path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
    if (found == files_.end() && options_.index_fallback && last.find('.') == std::string_view::npos)
        found = files_.find("index.html");
    if (found == files_.end()) return {};
    File const& file = found->second;
    Response response{.body = file.plain, .content_type = file.content_type};
    if (file.content_type.starts_with("text/html")) response.csp = options_.csp.empty() ? html({}).csp : options_.csp;
    // Pictures with scripts in them do nothing when opened by themselves.
    response.cache_control = file.immutable ? "public, max-age=31536000, immutable" : "no-cache";
    std::string_view suffix;
    auto const coding =
        request.header("Range").empty() ? best_coding(request.header("Accept-Encoding")) : Coding::identity;
    if (coding == Coding::brotli && file.brotli) {
        response.body = file.brotli;
        response.headers.add("Content-Encoding", "br");
        suffix = "-br";
    } else if (coding != Coding::identity && file.gzip) {
        response.body = file.gzip;
        response.headers.add("Content-Encoding", "gzip");
        suffix = "-gz";
    }
    if (file.gzip || file.brotli) response.headers.add("Vary", "Accept-Encoding");
    response.etag = '"' + file.etag + std::string(suffix) + '"';
    return response;
}

}  // namespace rapport::net
