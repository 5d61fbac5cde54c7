# Run with -DOUT -DSYMBOL -DFILES by aplus_embed_migrations.
set(body "")
foreach(file ${FILES})
  get_filename_component(name "${file}" NAME_WE)
  get_filename_component(folder "${file}" DIRECTORY)
  get_filename_component(set "${folder}" DIRECTORY)
  get_filename_component(set "${set}" NAME)
  if(NOT name MATCHES "^([0-9][0-9][0-9][0-9])_[a-z0-9_]+$")
    message(FATAL_ERROR "${file}: migrations are named NNNN_what.sql")
  endif()
  string(REGEX REPLACE "^0*([0-9]+)$" "\\1" number "${CMAKE_MATCH_1}")
  file(READ "${file}" sql)
  string(APPEND body "    {\"${set}\", ${number}, \"${name}\", R\"aplus_sql(${sql})aplus_sql\"},\n")
endforeach()
set(head "// Generated from the migrations; edits are lost.\n")
file(WRITE "${OUT}/${SYMBOL}.h" "${head}#pragma once\n\n#include \"libs/postgres/migrations.h\"\n\n"
  "extern const aplus::MigrationTable ${SYMBOL};\n")
file(WRITE "${OUT}/${SYMBOL}.cc" "${head}#include \"${SYMBOL}.h\"\n\nnamespace {\nconst aplus::Migration kFiles[] = {\n"
  "${body}};\n}  // namespace\n\nconst aplus::MigrationTable ${SYMBOL}{kFiles};\n")
