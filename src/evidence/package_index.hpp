// What a package says about itself: index.json for programs, index.html for people. Not part of the module's interface.
#pragma once

#include "evidence/package.hpp"

namespace rapport::evidence {

struct IndexedFile {
    std::string file, name, content_type;
    std::int64_t size = 0;
    std::string sha256;  // hex
};
BOOST_DESCRIBE_STRUCT(IndexedFile, (), (file, name, content_type, size, sha256))
struct IndexedEvidence {
    std::int64_t number = 0;
    std::string id, code, name, clause;
    Time time{};
    std::string file, proof;
    std::optional<std::string> token;
    std::int64_t leaf_index = 0;
};
BOOST_DESCRIBE_STRUCT(IndexedEvidence, (), (number, id, code, name, clause, time, file, proof, token, leaf_index))
struct IndexedLog {
    std::string origin, key;
    std::int64_t size = 0;
    std::string root;  // base64, as in the checkpoint
    bool time_stamped = false;
};
BOOST_DESCRIBE_STRUCT(IndexedLog, (), (origin, key, size, root, time_stamped))
struct Index {
    std::string format = "rapport-package@1";
    std::string message_identifier, title;
    Time made_at{};
    bool qualified = false;
    std::optional<Time> erased_at;
    std::optional<Absent> absent;
    std::optional<std::string> certificate;
    std::vector<IndexedFile> content;
    std::vector<IndexedEvidence> evidence;
    IndexedLog log;
};
BOOST_DESCRIBE_STRUCT(Index, (),
                      (format, message_identifier, title, made_at, qualified, erased_at, absent, certificate, content,
                       evidence, log))

// English and Persian, self-contained, without scripts.
std::string index_page(Index const& index);

std::string_view name_in_persian(EventCode code);

}  // namespace rapport::evidence
