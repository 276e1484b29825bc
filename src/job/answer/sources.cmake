list(APPEND HEADWAY_JOB_SOURCES
  answer/answer_choices.cpp answer/answer_json.cpp answer/answer_schema.cpp
  answer/csv_record.cpp answer/expectation.cpp answer/inspect.cpp answer/line_id.cpp
  answer/output_form.cpp)
