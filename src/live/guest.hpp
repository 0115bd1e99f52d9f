// Who calls from a page of a site: the site, if the page may, and the visitor, by their token. Internal to the module.
#pragma once

#include "live/http.hpp"

namespace rapport::live {

struct Guest {
    SiteRow site;
    std::optional<VisitorRow> visitor;  // none: has written nothing yet
    std::string token;
};

// Codes: not_found, foreign_origin.
Task<Expected<Guest>> guest_of(Live& live, net::Request& http, SiteId id);
// Whoever writes is somebody from then on; `name` and `locale` are a new one's. Codes: as above, bad_token, too_often.
Task<Expected<Guest>> writer_of(Live& live, net::Request& http, SiteId id, std::string name, Locale locale);
// Codes: as above, unauthenticated.
Task<Expected<Guest>> known_guest(Live& live, net::Request& http, SiteId id);

// Files of strangers: so many octets from one network. Codes: too_often.
Expected<> may_keep(Live& live, net::Request const& http, std::size_t octets);

}  // namespace rapport::live
