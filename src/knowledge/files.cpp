// Files of texts: each under a key of its own, its type told by its content, looked through by the antivirus.
#include <algorithm>
#include <limits>

#include "base/log.hpp"
#include "base/text.hpp"
#include "channels/media_type.hpp"
#include "knowledge/image_size.hpp"
#include "knowledge/shown.hpp"
#include "knowledge/sql.hpp"

namespace rapport::knowledge {

struct PreparedFile {
    FileRow row;
    store::PreparedBlob blob;
};

namespace {

constexpr std::size_t longest_name = 120;  // octets

std::string shown_name(std::string_view name) {
    auto const at = name.find_last_of("/\\");
    if (at != name.npos) name.remove_prefix(at + 1);
    std::string out;
    for (char const c : name) {
        auto const octet = static_cast<unsigned char>(c);
        if (octet < 0x20 || octet == 0x7f || c == '[' || c == ']' || c == '<' || c == '>' || c == '"') continue;
        out += c;
    }
    if (out.size() > longest_name) {
        auto end = longest_name;
        while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;
        out.resize(end);
    }
    out = std::string(trimmed(out));
    return out.empty() || !is_plain_text(out) ? "file" : out;
}

bool is_program(std::string_view type) {
    constexpr std::string_view types[] = {
        "application/x-dosexec",     "application/x-executable",
        "application/x-sharedlib",   "application/x-pie-executable",
        "application/x-mach-binary", "application/x-msi",
        "application/x-msdownload",  "application/x-ms-shortcut",
        "text/x-shellscript",        "application/vnd.microsoft.portable-executable",
    };
    return std::ranges::find(types, type) != std::end(types);
}

// What stands in a text for the file: a picture's name without its ending; signs of Markdown stand for themselves.
std::string label_of(FileRow const& row) {
    std::string out;
    for (char const c :
         std::string_view(row.name).substr(0, is_image(row.media_type) ? row.name.rfind('.') : row.name.npos)) {
        if (c == '[' || c == ']' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

KnowledgeFile view_of(store::Reader& reader, FileRow const& row) {
    KnowledgeFile out;
    out.id = row.id;
    out.name = row.name;
    out.media_type = row.media_type;
    out.size = row.size;
    out.image = is_image(row.media_type);
    out.markdown = (out.image ? "![" : "[") + label_of(row) + "](file:" + to_text(row.id) + ')';
    out.url = "/v1/knowledge/files/" + to_text(row.id) + "/content";
    out.uploaded_by = row.uploaded_by;
    out.created_at = row.created_at;
    out.scan = row.scan;
    out.used = reader.one<std::int64_t>(sql::is_file_used, row.id).value_or(0) > 0;
    return out;
}

}  // namespace

Expected<std::shared_ptr<PreparedFile const>> prepare_file(Knowledge const& knowledge, Rights const& rights,
                                                           std::string_view name, ByteView bytes, Time now) {
    if (bytes.empty()) return fail(ErrorKind::invalid, "file_empty", "The file is empty.");
    if (bytes.size() > most_file)
        return fail(ErrorKind::too_large, "file_too_large", "A file may have at most 10 MB. Make it smaller.");
    auto made = std::make_shared<PreparedFile>();
    auto& row = made->row;
    row.media_type = channels::media_type_of(bytes);
    if (is_program(row.media_type))
        return fail(ErrorKind::invalid, "file_refused", "This is a program: those are not taken.");
    row.scan = FileScan::clean;
    if (auto const& scan = knowledge.surroundings().scan) {
        auto const found = scan(bytes);
        row.scan = found ? *found : FileScan::not_scanned;
        if (!found) log::warning("knowledge_file_not_scanned", {{"why", found.error().text}});
    }
    if (row.scan == FileScan::infected)
        return fail(ErrorKind::invalid, "file_infected", "The antivirus has found something in this file.");
    row.id = knowledge.store().ids().next<FileId>();
    row.name = shown_name(name);
    row.size = static_cast<std::int64_t>(bytes.size());
    auto const size = image_size(bytes);
    row.width = size.width;
    row.height = size.height;
    auto const key = random_key();
    row.wrapped_key = store::Blob{knowledge.keyring().wrap(key)};
    made->blob = knowledge.blobs().prepare(bytes, key);
    row.content = made->blob.address;
    row.uploaded_by = rights.self;
    row.created_at = now;
    return made;
}

KnowledgeFile keep_file(store::Tx& tx, Knowledge const& knowledge, Act const& act, PreparedFile const& file) {
    auto const& row = file.row;
    knowledge.blobs().keep(tx, file.blob);
    tx.exec(sql::insert_file, row.id, row.name, row.media_type, row.size, row.width, row.height, row.wrapped_key,
            row.content, row.scan, row.origin, row.uploaded_by, row.created_at);
    tell(tx, act, to_text(row.id), "help_file.added");
    return view_of(tx, row);
}

Expected<net::Page<KnowledgeFile>> list_files(store::Reader& reader, KnowledgeFileQuery const& query) {
    auto const limit = static_cast<std::size_t>(std::clamp(query.limit, 1, 200));
    FileId after{std::numeric_limits<std::int64_t>::max()};
    if (!query.after.empty() && !from_text(query.after, after))
        return fail(ErrorKind::invalid, "bad_cursor", "This cursor is not one of ours.");
    auto const rows = reader.all<FileRow>(sql::list_files, after, query.article ? query.article->value : 0, limit + 1);
    net::Page<KnowledgeFile> page;
    for (auto const& row : rows) {
        if (page.items.size() == limit) {
            page.next = to_text(page.items.back().id);
            break;
        }
        page.items.push_back(view_of(reader, row));
    }
    return page;
}

Expected<KnowledgeFile> find_file(store::Reader& reader, FileId id) {
    auto const row = reader.one<FileRow>(sql::find_file, id);
    if (!row) return no_such("file");
    return view_of(reader, *row);
}

Expected<FileContent> read_file(store::Reader& reader, Knowledge const& knowledge, FileId id) {
    auto const row = reader.one<FileRow>(sql::find_file, id);
    if (!row) return no_such("file");
    auto const key = knowledge.keyring().unwrap(row->wrapped_key.bytes);
    if (!key) return fail(key.error());
    auto bytes = knowledge.blobs().read(reader, row->content, *key);
    if (!bytes) return fail(bytes.error());
    return FileContent{row->name, row->media_type, is_image(row->media_type), std::move(*bytes)};
}

Expected<> delete_file(store::Tx& tx, Knowledge const& knowledge, Act const& act, FileId id) {
    auto const row = tx.one<FileRow>(sql::find_file, id);
    if (!row) return no_such("file");
    if (tx.one<std::int64_t>(sql::is_file_used, id).value_or(0) > 0)
        return fail(ErrorKind::conflict, "in_use", "Texts show this file, or versions that were published did.");
    tx.exec(sql::delete_file, id);
    knowledge.blobs().drop(tx, row->content);
    tell(tx, act, to_text(id), "help_file.deleted");
    return {};
}

}  // namespace rapport::knowledge
