list(APPEND HEADWAY_JOB_SOURCES
  schema/ecma_expression.cpp schema/format_check.cpp schema/json_equality.cpp schema/pattern.cpp
  schema/schema_compiler.cpp schema/schema_judge.cpp schema/schema_uri.cpp)
