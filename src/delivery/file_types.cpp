// Names, types and first bytes of what must not be sent, and the signatures that a declared type must show.
#include "delivery/file_types.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace rapport::delivery {
namespace {

using namespace std::string_view_literals;

// Programs and scripts that common systems run at a double click.
constexpr auto program_names = std::to_array<std::string_view>(
    {"exe",     "com", "scr", "pif", "bat", "cmd", "msi",  "msp",      "dll",   "cpl", "hta",  "js",  "jse",
     "mjs",     "vbs", "vbe", "wsf", "wsh", "ps1", "psm1", "jar",      "class", "sh",  "bash", "zsh", "csh",
     "command", "app", "dmg", "pkg", "deb", "rpm", "apk",  "appimage", "run",   "bin", "elf",  "so",  "dylib",
     "lnk",     "reg", "scf", "url", "py",  "pl",  "rb",   "php",      "iso",   "img", "vhd"});

constexpr auto program_types = std::to_array<std::string_view>({"application/x-msdownload",
                                                                "application/x-msdos-program",
                                                                "application/vnd.microsoft.portable-executable",
                                                                "application/x-executable",
                                                                "application/x-sharedlib",
                                                                "application/x-mach-binary",
                                                                "application/x-sh",
                                                                "application/x-shellscript",
                                                                "application/javascript",
                                                                "text/javascript",
                                                                "application/java-archive",
                                                                "application/x-java-applet",
                                                                "application/x-msi",
                                                                "application/hta",
                                                                "application/vnd.android.package-archive",
                                                                "application/x-apple-diskimage",
                                                                "application/x-bat",
                                                                "application/x-python-code",
                                                                "text/x-python",
                                                                "text/x-shellscript",
                                                                "text/vbscript",
                                                                "application/x-perl",
                                                                "application/x-php",
                                                                "application/wasm"});

constexpr auto program_starts = std::to_array<std::string_view>(
    {"\x7f"
     "ELF"sv,
     "#!"sv, "\xCA\xFE\xBA\xBE"sv, "\xFE\xED\xFA\xCE"sv, "\xFE\xED\xFA\xCF"sv, "\xCE\xFA\xED\xFE"sv,
     "\xCF\xFA\xED\xFE"sv, "L\0\0\0\x01\x14\x02\0"sv, "\0asm"sv, "dex\n"sv});

struct Signature {
    std::string_view media_type;
    std::string_view start;
};
constexpr auto signatures = std::to_array<Signature>({
    {"application/pdf", "%PDF-"sv},
    {"image/png", "\x89PNG\r\n\x1a\n"sv},
    {"image/jpeg", "\xFF\xD8\xFF"sv},
    {"image/gif", "GIF8"sv},
    {"image/tiff", "II*\0"sv},
    {"image/tiff", "MM\0*"sv},
    {"application/zip", "PK\x03\x04"sv},
    {"application/zip", "PK\x05\x06"sv},
    {"application/gzip", "\x1F\x8B"sv},
    {"application/x-7z-compressed", "7z\xBC\xAF\x27\x1C"sv},
    {"application/msword", "\xD0\xCF\x11\xE0"sv},
    {"application/rtf", "{\\rtf"sv},
});

bool has(auto const& list, std::string_view item) { return std::ranges::find(list, item) != list.end(); }

std::string_view ending(std::string_view name) {
    auto const dot = name.rfind('.');
    return dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
}

// Formats that are containers of another: documents in ZIP or OLE files.
bool is_zip_based(std::string_view type) {
    return type.starts_with("application/vnd.openxmlformats-officedocument.") ||
           type.starts_with("application/vnd.oasis.opendocument.") || type == "application/epub+zip" ||
           type.starts_with("application/vnd.etsi.asic-") || type == "application/x-zip-compressed";
}
bool is_ole_based(std::string_view type) {
    return type == "application/vnd.ms-excel" || type == "application/vnd.ms-powerpoint" ||
           type == "application/vnd.ms-outlook";
}

std::string_view sniffed(ByteView bytes) {
    for (auto const& s : signatures)
        if (bytes.starts_with(s.start)) return s.media_type;
    return {};
}

bool matches(std::string_view declared, ByteView bytes) {
    auto const found = sniffed(bytes);
    if (is_zip_based(declared)) return found == "application/zip";
    if (is_ole_based(declared)) return found == "application/msword";
    if (declared == "application/octet-stream") return true;
    bool const has_signature = std::ranges::any_of(signatures, [&](auto const& s) { return s.media_type == declared; });
    if (has_signature) return found == declared || (declared == "application/msword" && found == "application/rtf");
    if (declared.starts_with("text/")) return found.empty() && bytes.find('\0') == ByteView::npos;
    return found.empty() || found == "application/zip" || found == "application/gzip";
}

}  // namespace

bool is_media_type(std::string_view text) {
    auto const slash = text.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size()) return false;
    auto const is_token = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || "!#$&-^_.+"sv.find(c) != std::string_view::npos;
    };
    return std::ranges::all_of(text.substr(0, slash), is_token) &&
           std::ranges::all_of(text.substr(slash + 1), is_token);
}

std::optional<FieldError> file_fault(std::string_view name, std::string_view media_type, ByteView bytes,
                                     bool forbid_programs) {
    if (name.find_first_of("/\\\0"sv) != std::string_view::npos || name == "." || name == "..")
        return FieldError{"", "must be a file name without folders", "send the last part of the path only"};
    if (!is_media_type(media_type))
        return FieldError{"", "must have a media type like application/pdf (lower case, without parameters)",
                          "correct the media type"};
    if (forbid_programs) {
        auto const end = ascii_lower(ending(name));
        // "MZ" may also begin a text; a DOS header holds zeros.
        bool const starts = std::ranges::any_of(program_starts, [&](auto start) { return bytes.starts_with(start); }) ||
                            (bytes.starts_with("MZ") && bytes.substr(0, 512).find('\0') != ByteView::npos);
        if (has(program_names, end) || has(program_types, media_type) || starts)
            return FieldError{"", "must not be a program or a script",
                              "send a document (PDF, image, text, office file), or put it into a ZIP file"};
    }
    if (!matches(media_type, bytes)) {
        auto const found = sniffed(bytes);
        return FieldError{"", "must be what its media type says: this is not " + std::string(media_type),
                          found.empty() ? "correct the media type" : "declare it as " + std::string(found)};
    }
    return std::nullopt;
}

}  // namespace rapport::delivery
