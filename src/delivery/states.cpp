// What to say when the state table has no row.
#include "delivery/states.hpp"

namespace rapport::delivery {

Error not_allowed(State state, Verb verb) {
    std::string const verb_name(json::enum_name(verb)), state_name(json::enum_name(state));
    return Error{ErrorKind::conflict,
                 "state_does_not_allow",
                 "The delivery is " + state_name + "; that does not allow: " + verb_name + ".",
                 {},
                 0};
}

}  // namespace rapport::delivery
