// Who uses an embedded database: locks on single bytes of `<database>.lock`, which the kernel releases when the program
// dies. Byte 0: the server. Byte 1: the schema, held in common by every user, alone by whoever migrates. Bytes 16 + n:
// the guest that makes identifiers with node number n. Internal.
#pragma once

#include <string>

#include "store/store.hpp"

namespace rapport::store {

class ProgramLock {
  public:
    // Throws with a text for the operator when a server runs already (to a server), or somebody migrates for too long.
    ProgramLock(std::string const& database, Role role);
    ~ProgramLock();
    ProgramLock(ProgramLock const&) = delete;
    ProgramLock& operator=(ProgramLock const&) = delete;

    unsigned node() const { return node_; }  // 0 is the server's
    bool take_schema();                      // false while others use it; then it is not held in common either
    void share_schema();                     // waits for whoever migrates

  private:
    bool lock(short kind, off_t byte) const;  // F_WRLCK, F_RDLCK, F_UNLCK; false when somebody else holds it
    bool server_runs() const;

    std::string database_;
    Role role_;
    int descriptor_ = -1;
    unsigned node_ = 0;
};

}  // namespace rapport::store
