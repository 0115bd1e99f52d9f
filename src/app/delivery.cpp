// `rapport delivery erase ID`: destroys the key of a delivery's content. Evidence and log stay whole.
#include <cstdio>

#include "app/command.hpp"
#include "app/house.hpp"
#include "people/people.hpp"

namespace rapport::app {

int delivery(Words const& words) {
    auto const arguments = Arguments::parse(words, {{"config", "data"}, {}, 2, 2});
    if (!arguments) return refuse(arguments.error());
    delivery::DeliveryId id;
    if (arguments->words()[0] != "erase" || !from_text(arguments->words()[1], id))
        return refuse(Error{ErrorKind::invalid, "bad_arguments", "rapport delivery erase dlv_…", {}});
    auto const config = config_of(*arguments);
    if (!config) return refuse(config.error());

    House house(*config, store::Role::guest);
    people::Act const act{{ActorKind::operator_, 0, "operator"}, system_now()};
    auto const erased = house.deliveries.carry_out_now(
        [&](store::Reader& reader) { return delivery::plan_erasure(reader, house.deliveries.office(), act, id); });
    if (!erased) return refuse(erased.error());
    std::printf("%s: the content is erased for good; its evidence and the log are whole.\n", to_text(id).c_str());
    return 0;
}

}  // namespace rapport::app
