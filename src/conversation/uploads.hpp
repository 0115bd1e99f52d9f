// Files that wait to be attached. They belong to whoever uploaded them. Internal to the module.
#pragma once

#include "conversation/rows.hpp"

namespace rapport::conversation {

// Codes: invalid_fields, file_too_large.
Expected<PreparedFile> plan_upload(Office const& office, Actor const& owner, std::string_view name, ByteView bytes,
                                   Time now);
// Those of an answer, in its order. Codes: attachment_not_found, mail_too_large.
Expected<std::vector<AttachmentRow>> uploads_of(store::Reader& reader, Office const& office, Actor const& owner,
                                                std::vector<AttachmentId> const& ids);
Expected<Bytes> bytes_of(store::Reader& reader, Office const& office, AttachmentRow const& row);
// At most 200 at once.
std::size_t forget_uploads(store::Tx& tx, Office const& office, Time now);

}  // namespace rapport::conversation
