# rapport_module(<folder> [LINKS <modules and libraries>] [TEST_LINKS <libraries>]): one static library per folder of src/, from every .cpp
# below it; *_test.cpp become the module's unit tests; queries.sql, schema/*.sql and assets/* are embedded.
function(rapport_module name)
    cmake_parse_arguments(ARG "" "" "LINKS;TEST_LINKS" ${ARGN})
    set(dir ${CMAKE_SOURCE_DIR}/src/${name})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${dir}/*.cpp)
    set(tests ${sources})
    list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
    list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
    list(FILTER tests INCLUDE REGEX "_test\\.cpp$")

    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC rapport_options ${ARG_LINKS})
    rapport_embed_sql(${name} ${dir})

    if(tests AND RAPPORT_TESTS)
        add_executable(${name}_test ${tests})
        target_link_libraries(${name}_test PRIVATE ${name} rapport_testing GTest::gtest GTest::gmock ${ARG_TEST_LINKS})
        add_test(NAME unit.${name} COMMAND ${name}_test WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
        set_tests_properties(unit.${name} PROPERTIES TIMEOUT 600)
    endif()
endfunction()

# queries.sql and schema/NNNN_*.sql of a module become generated/<module>/sql.hpp (see tools/embed_sql.py).
function(rapport_embed_sql name dir)
    file(GLOB_RECURSE sql CONFIGURE_DEPENDS ${dir}/*.sql)
    if(NOT sql)
        return()
    endif()
    set(header ${CMAKE_BINARY_DIR}/generated/${name}/sql.hpp)
    add_custom_command(OUTPUT ${header}
        COMMAND python3 ${CMAKE_SOURCE_DIR}/tools/embed_sql.py ${name} ${dir} ${header}
        DEPENDS ${sql} ${CMAKE_SOURCE_DIR}/tools/embed_sql.py VERBATIM)
    add_custom_target(${name}_sql DEPENDS ${header})
    add_dependencies(${name} ${name}_sql)
endfunction()

# rapport_embed_files(<module> <folder>): every file below the folder becomes part of the module; #include
# "<module>/assets.hpp" and ask rapport::<module>::assets(). A folder that does not exist gives none.
function(rapport_embed_files module folder)
    set(out ${CMAKE_BINARY_DIR}/generated/${module})
    file(GLOB_RECURSE files CONFIGURE_DEPENDS ${folder}/*)
    add_custom_command(OUTPUT ${out}/assets.cpp ${out}/assets.hpp
        COMMAND python3 ${CMAKE_SOURCE_DIR}/tools/embed_files.py ${module} ${folder} ${out}/assets.cpp ${out}/assets.hpp
        DEPENDS ${files} ${CMAKE_SOURCE_DIR}/tools/embed_files.py VERBATIM)
    target_sources(${module} PRIVATE ${out}/assets.cpp ${out}/assets.hpp)
    # The assembler reads the files behind the compiler's back.
    set_source_files_properties(${out}/assets.cpp PROPERTIES OBJECT_DEPENDS "${files}")
endfunction()
