// The certificate of a delivery (certificate/certificate.hpp) from its evidence. Not part of the module's interface.
#pragma once

#include "certificate/certificate.hpp"
#include "delivery/delivery.hpp"
#include "delivery/row.hpp"
#include "evidence/package.hpp"

namespace rapport::delivery {

// What stands on it. `names`: subject and names of files, where they may be shown.
Expected<certificate::Certificate> certificate_facts(Office const& office, DeliveryRow const& row,
                                                     evidence::LogPart const& log, Names const& names,
                                                     certificate::Contents contents, Locale locale);

}  // namespace rapport::delivery
