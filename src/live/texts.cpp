// What mails of the chat say, in every language.
#include <array>

#include "live/live.hpp"

namespace rapport::live {

Texts const& texts_of(Locale locale) {
    // clang-format off
    static std::array<Texts, 6> const all{{
        {"{code} is your code", "Your code for the chat with {organisation}:\n\n{code}\n\nIt works for 15 minutes. If you did not ask for it, ignore this mail: nobody gets in without it.\n",
         "{organisation} has answered you", "{messages}\n\nYou can simply answer this mail: your answer goes to the same conversation.\n"},
        {"{code} è il Suo codice", "Il Suo codice per la chat con {organisation}:\n\n{code}\n\nÈ valido per 15 minuti. Se non l'ha richiesto, ignori questo messaggio: senza il codice nessuno può entrare.\n",
         "{organisation} Le ha risposto", "{messages}\n\nPuò semplicemente rispondere a questo messaggio: la risposta arriverà nella stessa conversazione.\n"},
        {"รหัสของคุณคือ {code}", "รหัสสำหรับแชตกับ {organisation}:\n\n{code}\n\nใช้ได้ภายใน 15 นาที หากคุณไม่ได้ขอรหัสนี้ โปรดละเว้นอีเมลฉบับนี้ ไม่มีใครเข้าใช้ได้หากไม่มีรหัส\n",
         "{organisation} ตอบคุณแล้ว", "{messages}\n\nคุณสามารถตอบกลับอีเมลฉบับนี้ได้ทันที คำตอบจะเข้าสู่การสนทนาเดิม\n"},
        {"確認コード: {code}", "{organisation}とのチャットの確認コードです。\n\n{code}\n\n15分間有効です。お心当たりのない場合は、このメールを破棄してください。コードがなければ誰も利用できません。\n",
         "{organisation}から返信があります", "{messages}\n\nこのメールにそのままご返信いただけます。ご返信は同じ会話に届きます。\n"},
        {"인증 코드: {code}", "{organisation}와(과)의 채팅을 위한 코드입니다.\n\n{code}\n\n15분 동안 유효합니다. 요청하지 않으셨다면 이 메일을 무시해 주십시오. 코드 없이는 아무도 접근할 수 없습니다.\n",
         "{organisation}에서 답변을 보냈습니다", "{messages}\n\n이 메일에 바로 회신하시면 같은 대화로 전달됩니다.\n"},
        {"کد شما: {code}", "کد شما برای گفت‌وگو با {organisation}:\n\n{code}\n\nاین کد ۱۵ دقیقه اعتبار دارد. اگر شما آن را نخواسته‌اید، این نامه را نادیده بگیرید؛ بدون کد هیچ‌کس وارد نمی‌شود.\n",
         "{organisation} به شما پاسخ داد", "{messages}\n\nمی‌توانید به همین نامه پاسخ دهید؛ پاسخ شما به همان گفت‌وگو می‌رسد.\n"},
    }};
    // clang-format on
    return all[static_cast<std::size_t>(locale)];
}

}  // namespace rapport::live
