from __future__ import annotations

from silkcast.media.mixer.encode import CodedPicture, CodedSound
from silkcast.media.mixer.interleave import PICTURES_WAITING_MAX, Interleaver


def picture(number: int) -> CodedPicture:
    return CodedPicture(number, is_keyframe=number % 30 == 0, payload=b"")


def sound(number: int) -> CodedSound:
    return CodedSound(number * 1024, b"")


def at_ms(coded: CodedPicture | CodedSound) -> float:
    return coded.number * 1000 / 30 if isinstance(coded, CodedPicture) else coded.sample / 48


def test_times_never_go_back_although_sound_comes_later() -> None:
    interleaver = Interleaver(30)
    ordered: list[CodedPicture | CodedSound] = []
    next_sound = 0
    for number in range(100):
        sounds = []
        while (next_sound + 2) * 1024 <= (number + 1) * 1600:  # AAC lags by a frame
            sounds.append(sound(next_sound))
            next_sound += 1
        ordered += interleaver.put([picture(number)], sounds)
    ordered += interleaver.rest()
    times = [at_ms(coded) for coded in ordered]
    assert times == sorted(times)
    assert [coded.number for coded in ordered if isinstance(coded, CodedPicture)] == list(range(100))
    assert sum(isinstance(coded, CodedSound) for coded in ordered) == next_sound


def test_a_picture_at_the_same_instant_goes_first() -> None:
    interleaver = Interleaver(30)
    assert interleaver.put([picture(0)], [sound(0)]) == [picture(0)]
    assert interleaver.rest() == [sound(0)]


def test_pictures_do_not_wait_for_ever_for_sound_that_never_comes() -> None:
    interleaver = Interleaver(30)
    given = [interleaver.put([picture(number)], []) for number in range(PICTURES_WAITING_MAX + 5)]
    assert sum(map(len, given)) == 5
