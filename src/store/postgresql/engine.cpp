// PostgreSQL.
#include <stdexcept>
#include "store/connection.hpp"
namespace rapport::store {
std::unique_ptr<Engine> open_postgresql(std::string const&) { throw std::runtime_error("not yet"); }
}  // namespace rapport::store
