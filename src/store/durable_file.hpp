// Files that are whole and durable once they have their name: written under another one, synced, renamed, and the
// folder synced. Internal to the store.
#pragma once

#include <filesystem>
#include <optional>

#include "base/bytes.hpp"

namespace rapport::store {

// Throws Unavailable when the disk is full or may not be written. `mode` as chmod.
void write_durably(std::filesystem::path const& path, ByteView bytes, unsigned mode);
// As write_durably, but never over a file that is there; false then, and nothing has changed.
bool create_durably(std::filesystem::path const& path, ByteView bytes, unsigned mode);
// Empty when there is no such file; throws on other failures.
std::optional<Bytes> read_file(std::filesystem::path const& path);
void sync_folder(std::filesystem::path const& folder);
// With every missing parent, each durable.
void make_folders(std::filesystem::path const& folder);

}  // namespace rapport::store
