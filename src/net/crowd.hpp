// How many connections each address has, so that one of them cannot take the places of all. Any thread.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <mutex>
#include <unordered_map>

namespace rapport::net {

class Crowd {
  public:
    explicit Crowd(std::size_t most) : most_(most) {}

    // False when the address has its share already. IPv6 by the network that one customer gets (/64); this machine's
    // own addresses are not counted: a proxy speaks for many.
    bool enter(boost::asio::ip::address const& from) {
        if (from.is_loopback()) return true;
        std::lock_guard const lock(mutex_);
        auto& here = counts_[network_of(from)];
        if (here >= most_) return false;
        ++here;
        return true;
    }
    void leave(boost::asio::ip::address const& from) {
        if (from.is_loopback()) return;
        std::lock_guard const lock(mutex_);
        auto const found = counts_.find(network_of(from));
        if (found != counts_.end() && --found->second == 0) counts_.erase(found);
    }
    std::size_t addresses() const {
        std::lock_guard const lock(mutex_);
        return counts_.size();
    }

    static std::uint64_t network_of(boost::asio::ip::address from) {
        if (from.is_v6() && from.to_v6().is_v4_mapped())
            from = boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, from.to_v6());
        if (from.is_v4()) return from.to_v4().to_uint();
        std::uint64_t network = 0;
        auto const octets = from.to_v6().to_bytes();
        for (std::size_t i = 0; i < 8; ++i) network = network << 8 | octets[i];
        return network;
    }

  private:
    std::size_t const most_;
    mutable std::mutex mutex_;
    std::unordered_map<std::uint64_t, std::size_t> counts_;
};

}  // namespace rapport::net
