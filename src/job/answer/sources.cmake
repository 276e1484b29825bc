list(APPEND HEADWAY_JOB_SOURCES
  answer/answer_json.cpp answer/answer_schema.cpp
  answer/csv_record.cpp answer/expectation.cpp answer/judge.cpp answer/line_id.cpp
  answer/output_form.cpp)
