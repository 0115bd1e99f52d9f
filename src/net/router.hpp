// Finds the row of the route table for a method and a path.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/route.hpp"

namespace rapport::net {

struct Match {
    Route const* route = nullptr;
    std::vector<std::string> parameters = {};  // decoded
    std::string allow = {};                    // methods that the path has; empty: no such path
};

class Router {
  public:
    // Keeps the rows. Stops the program when two have the same method and path.
    explicit Router(Routes routes);
    ~Router();
    // A HEAD is answered by the GET row. Literal segments win over parameters, parameters over "{rest...}".
    Match find(Method method, std::string_view path) const;
    Routes const& routes() const { return routes_; }

  private:
    struct Node;
    Routes routes_;
    std::unique_ptr<Node> root_;
};

}  // namespace rapport::net
