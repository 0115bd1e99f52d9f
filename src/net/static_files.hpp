// A folder of static files, read and compressed at start, served from memory. Names with a content hash
// ("index-4f3a9c21.js") are immutable for caches; everything else is revalidated by ETag.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/request.hpp"
#include "net/response.hpp"

namespace rapport::net {

class StaticFiles {
  public:
    struct Options {
        bool index_fallback = false;  // an unknown path without an extension gets index.html (single-page applications)
        std::string csp = {};         // of the HTML files; default as net::html()
    };
    // At most 64 MiB in all. Throws when the folder cannot be read.
    static std::shared_ptr<StaticFiles const> load(std::filesystem::path const& folder, Options options);
    // Of what stands in memory: name → content.
    static std::shared_ptr<StaticFiles const> from(std::map<std::string, std::string> const& files, Options options);

    // `path` is below the folder, decoded, without a leading slash. Empty when there is no such file.
    std::optional<Response> find(Request const& request, std::string_view path) const;
    std::size_t size() const { return files_.size(); }

  private:
    struct File {
        SharedBody plain, gzip, brotli;  // compressed: null when that is no gain
        std::string content_type;
        std::string etag;
        bool immutable = false;
    };
    std::map<std::string, File, std::less<>> files_;
    Options options_;
};

// By the extension; application/octet-stream when unknown.
std::string_view content_type_of_name(std::string_view file_name);

}  // namespace rapport::net
