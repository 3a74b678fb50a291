"""What is said of an answer, part by part: functions of a value and the language it is said in."""
