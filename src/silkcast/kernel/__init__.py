"""What every part stands on and no business word enters: ids, money, actions, events, wire, storage."""
