# aplus_embed_migrations(target symbol folder…): compiles the files NNNN_what.sql of each folder, in that order,
# into `target` as `extern const aplus::MigrationTable symbol`, declared in "symbol.h" (libs/postgres/migrations.h
# says what they are). The last folder but its name ".../migrations" names the set: libs/events/migrations is "events".
function(aplus_embed_migrations target symbol)
  set(out "${CMAKE_BINARY_DIR}/gen/migrations")
  set(script "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/EmbedMigrations.cmake")  # a variable set here is not seen by callers
  set(files)
  foreach(folder ${ARGN})
    file(GLOB found CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${folder}/*.sql")
    if(NOT found)
      message(FATAL_ERROR "${folder} holds no migration")
    endif()
    list(SORT found)
    list(APPEND files ${found})
  endforeach()
  add_custom_command(
    OUTPUT "${out}/${symbol}.cc" "${out}/${symbol}.h"
    COMMAND ${CMAKE_COMMAND} "-DOUT=${out}" "-DSYMBOL=${symbol}" "-DFILES=${files}" -P "${script}"
    DEPENDS ${files} "${script}"
    COMMENT "Embedding ${symbol}" VERBATIM)
  target_sources(${target} PRIVATE "${out}/${symbol}.cc")
  # Two targets may embed into the same folder; unity batches would only mix generated files with ours.
  set_source_files_properties("${out}/${symbol}.cc" PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  target_include_directories(${target} PUBLIC "${out}")
  target_link_libraries(${target} PUBLIC aplus_postgres)
endfunction()
