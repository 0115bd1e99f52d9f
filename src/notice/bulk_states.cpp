// The states of a job.
#include <algorithm>
#include <span>

#include "notice/bulk.hpp"

namespace rapport::notice {
namespace {

using S = BulkState;
using V = BulkVerb;

constexpr BulkTransition table[] = {
    {S::receiving, V::receive, S::uploaded, "uploaded"},   {S::uploaded, V::map, S::uploaded, "mapped"},
    {S::uploaded, V::check, S::checking, "check_started"}, {S::uploaded, V::start, S::running, "started"},
    {S::uploaded, V::cancel, S::cancelled, "cancelled"},   {S::uploaded, V::erase, S::cancelled, "erased"},
    {S::checking, V::finish_check, S::checked, "checked"}, {S::checking, V::pause, S::uploaded, "check_stopped"},
    {S::checking, V::stop, S::uploaded, "stopped"},        {S::checking, V::cancel, S::cancelled, "cancelled"},
    {S::checked, V::map, S::uploaded, "mapped"},           {S::checked, V::check, S::checking, "check_started"},
    {S::checked, V::start, S::running, "started"},         {S::checked, V::cancel, S::cancelled, "cancelled"},
    {S::checked, V::erase, S::cancelled, "erased"},        {S::running, V::pause, S::paused, "paused"},
    {S::running, V::stop, S::paused, "stopped"},           {S::running, V::finish, S::done, "finished"},
    {S::running, V::cancel, S::cancelled, "cancelled"},    {S::paused, V::map, S::paused, "mapped"},
    {S::paused, V::resume, S::running, "resumed"},         {S::paused, V::cancel, S::cancelled, "cancelled"},
    {S::done, V::replay, S::running, "replayed"},          {S::done, V::erase, S::done, "erased"},
    {S::cancelled, V::erase, S::cancelled, "erased"},
};

}  // namespace

std::span<BulkTransition const> bulk_transitions() { return table; }

std::optional<BulkState> bulk_after(BulkState from, BulkVerb verb) {
    auto const* const found =
        std::ranges::find_if(table, [&](BulkTransition const& t) { return t.from == from && t.verb == verb; });
    return found == std::end(table) ? std::nullopt : std::optional(found->to);
}

}  // namespace rapport::notice
