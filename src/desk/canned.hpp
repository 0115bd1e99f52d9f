// A canned reply among an action's words. Internal to the module.
#pragma once

#include "desk/wire.hpp"

namespace rapport::desk {

// As it is kept.
struct CannedBody {
    std::map<std::string, std::string> versions;
};
BOOST_DESCRIBE_STRUCT(CannedBody, (), (versions))

// In the language asked for, else in English, else in its first one.
Expected<Rendered> render_version(store::Reader& reader, Who const& who, CannedReplyId id, json::Object const& values,
                                  Locale locale);

}  // namespace rapport::desk
