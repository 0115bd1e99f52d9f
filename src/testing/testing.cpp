// The unit tests' main(): GoogleTest with the fixtures that several modules share (see store_fixture.hpp).
#include <gtest/gtest.h>

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
