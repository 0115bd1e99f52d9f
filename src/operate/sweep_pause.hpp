// While a backup copies contents, none of them is swept: both hold the same file. Any thread, any program.
#pragma once

#include <filesystem>
#include <memory>

namespace rapport::operate {

// Held by whoever copies; several may. Waits for a sweep that is going on.
std::shared_ptr<void> pause_sweeps(std::filesystem::path const& data);
// Held by whoever sweeps; empty while somebody copies: sweep another time.
std::shared_ptr<void> may_sweep(std::filesystem::path const& data);

}  // namespace rapport::operate
